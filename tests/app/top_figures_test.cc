// What `top` reads of the pages that an instance really makes, and of what is none.
#include <gtest/gtest.h>

#include "app/top/fetcher.h"
#include "app/top/figures.h"
#include "exporters/json_report.h"
#include "exporters/prometheus_page.h"
#include "exporters/spike_json.h"
#include "tests/exporters/snapshot_builder.h"

namespace rcodescope {
namespace {

Pages PagesOf(const Snapshot& snapshot) {
  return {JsonReport(snapshot), SpikesDocument(snapshot.spikes), PrometheusPage(snapshot, "1")};
}

const KeyFigures& Of(const Figures& figures, Dimension dimension) {
  return figures.dimensions[static_cast<size_t>(dimension)];
}

TEST(TopFigures, AreThoseOfTheReport) {
  SnapshotBuilder builder = BusyMinute();
  builder.Span(kNewYear, {kNewYear.ns + 60 * kNanosPerSecond});
  Spike spike;
  spike.text = "it goes on";
  builder.raw().spikes.spikes.push_back(spike);
  spike.text = "it is over";
  spike.end = kNewYear;
  builder.raw().spikes.spikes.push_back(spike);
  LiveStatus live;
  live.lag_seconds = 0.25;
  live.interfaces = {{"eth0", true, 0}, {"eth1", false, 1}};
  builder.raw().live = std::make_shared<const LiveStatus>(live);

  const auto figures = ReadFigures(PagesOf(builder.snapshot()));
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->last_ns - figures->first_ns, 60 * kNanosPerSecond);
  EXPECT_EQ(figures->responses, 10'000u);
  EXPECT_EQ(figures->queries, 10'100u);
  EXPECT_EQ(figures->codes.at("NOERROR"), 8'500u);  // two rows of one code
  EXPECT_EQ(figures->codes.at("RCODE3841"), 1u);
  EXPECT_EQ(ErrorsOf(figures->codes), 1'500u);
  EXPECT_EQ(Of(*figures, Dimension::kServer).keys.at("192.0.2.53").at("NXDOMAIN"), 1'200u);
  EXPECT_EQ(SumOf(Of(*figures, Dimension::kServer).other), 7u);
  EXPECT_EQ(figures->spikes, std::vector<std::string>{"it goes on"});
  EXPECT_EQ(figures->lag_seconds, 0.25);
  EXPECT_EQ(figures->links_down, std::vector<std::string>{"eth1"});
}

TEST(TopFigures, OfAnInstanceThatHasSeenNothing) {
  const auto figures = ReadFigures(PagesOf(Snapshot{}));
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->last, "");
  EXPECT_EQ(figures->responses, 0u);
  EXPECT_FALSE(figures->lag_seconds.has_value());
}

TEST(TopFigures, WhatIsNoReportIsRefused) {
  const Pages good = PagesOf(BusyMinute().snapshot());
  const auto with = [&](const std::string& was, const std::string& is) {
    Pages pages = good;
    pages.report.replace(pages.report.find(was), was.size(), is);
    return pages;
  };
  for (const Pages& pages :
       {Pages{"", good.spikes, ""}, Pages{"[]", good.spikes, ""}, Pages{"{}", good.spikes, ""},
        Pages{good.report, "<html>", ""}, with("\"schema\": 1", "\"schema\": 2"),
        with("\"queries\": 10100", "\"queries\": -1"),
        with("\"queries\": 10100", "\"queries\": 1e300"),
        with("\"residual\": 0", "\"residual\": 1e300"), with("\"servers\": [", "\"servers\": [1, "),
        with("\"time\": {", "\"time\": {\"first\": \"noon\", \"no\": {")}) {
    EXPECT_EQ(ReadFigures(pages).status().code(), absl::StatusCode::kInvalidArgument)
        << pages.report.substr(0, 200);
  }
}

Figures At(int64_t second, uint64_t responses) {
  Figures figures;
  figures.first_ns = 1;
  figures.last_ns = second * kNanosPerSecond;
  figures.responses = responses;
  return figures;
}

TEST(FigureHistory, RatesAreOfTheLastTwoReportsThatDiffer) {
  FigureHistory history;
  const FigureHistory::Clock::time_point begin{};
  history.Take(At(10, 100), "a", begin);
  EXPECT_EQ(history.before(), nullptr);
  EXPECT_EQ(history.span_ns(), 10 * kNanosPerSecond - 1);
  history.Take(At(15, 150), "b", begin + std::chrono::seconds(5));
  history.Take(At(15, 150), "b", begin + std::chrono::seconds(6));
  ASSERT_NE(history.before(), nullptr);
  EXPECT_EQ(history.before()->responses, 100u);
  EXPECT_EQ(history.span_ns(), 5 * kNanosPerSecond);
  EXPECT_EQ(history.changed(), begin + std::chrono::seconds(5));
}

TEST(FigureHistory, OfLessThanASecondNoRateIsTold) {
  FigureHistory history;
  Figures figures = At(10, 100);
  figures.first_ns = figures.last_ns - kNanosPerSecond + 1;
  history.Take(figures, "a", {});
  EXPECT_EQ(history.span_ns(), 0);
  --figures.first_ns;
  history.Take(figures, "b", {});
  EXPECT_EQ(history.before(), nullptr) << "it begins earlier than before";
  EXPECT_EQ(history.span_ns(), kNanosPerSecond);
}

TEST(FigureHistory, RatesAreOfASecondAtLeastHoweverOftenTheReportChanges) {
  FigureHistory history;
  Figures figures = At(10, 100);
  for (int i = 0; i < 12; ++i) {
    history.Take(figures, std::to_string(i), {});
    figures.last_ns += kNanosPerSecond / 5;
    figures.responses += 20;
  }
  EXPECT_EQ(history.before()->responses, 220u) << "the seventh, of five reports before";
  EXPECT_EQ(history.span_ns(), kNanosPerSecond);
}

TEST(FigureHistory, AnInstanceThatBeganAnewHasNoPast) {
  FigureHistory history;
  history.Take(At(10, 100), "a", {});
  history.Take(At(15, 99), "b", {});
  EXPECT_EQ(history.before(), nullptr);
  EXPECT_EQ(history.now().responses, 99u);
}

TEST(InstanceUrl, IsOfHttp) {
  EXPECT_EQ(InstanceUrl("127.0.0.1:10053").value(), "http://127.0.0.1:10053");
  EXPECT_EQ(InstanceUrl("http://[::1]:10053/").value(), "http://[::1]:10053");
  EXPECT_EQ(InstanceUrl("https://tap1/dns/").value(), "https://tap1/dns");
  for (const char* const url :
       {"", "/", "file:///etc/passwd", "http://", "http://a b", "gopher://x"}) {
    EXPECT_FALSE(InstanceUrl(url).ok()) << url;
  }
}

}  // namespace
}  // namespace rcodescope
