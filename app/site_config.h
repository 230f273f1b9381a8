// The [[site]] tables of the configuration file: names for where responses are seen.
#pragma once

#include <vector>

#include "aggregate/site_table.h"
#include "app/config_problem.h"
#include "app/toml.h"

namespace rcodescope {

inline constexpr char kSiteKey[] = "site";

// Reads them from `node` in their order; what is wrong is added to `problems`. A site has
//
//   name      1 to 63 printable characters, not "other"; several may have the same
//   prefixes  addresses and networks of servers, as "192.0.2.0/24"
//   vlan      VLAN ids, 1 to 4094            vni       VXLAN, Geneve, NVGRE, 1 to 16777215
//   erspan    ERSPAN sessions, 1 to 1023     nsid      as text, or 0x and hexadecimal digits
//
// each but the name a value or an array of them, and at least one of them. A response is one of the
// first site of which every key that is given fits it.
void ReadSites(const toml::node& node, std::vector<SiteRule>& sites,
               std::vector<ConfigProblem>& problems);

}  // namespace rcodescope
