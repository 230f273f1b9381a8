// How sure a share is that few responses tell of.
#pragma once

#include <cmath>

namespace rcodescope {

struct ShareInterval {
  double least = 0;
  double most = 1;
};

// Wilson's score interval of 3 standard deviations (E. B. Wilson, JASA 22, 1927) for `part` of
// `whole`; 0 to 1 where the whole is nothing.
inline ShareInterval Wilson(double part, double whole) {
  constexpr double kDeviations = 3;
  constexpr double kSquare = kDeviations * kDeviations;
  if (whole <= 0) return {};
  const double share = part / whole;
  const double middle = share + kSquare / (2 * whole);
  const double spread =
      kDeviations * std::sqrt((share * (1 - share) + kSquare / (4 * whole)) / whole);
  const double scale = 1 + kSquare / whole;
  return {(middle - spread) / scale, (middle + spread) / scale};
}

}  // namespace rcodescope
