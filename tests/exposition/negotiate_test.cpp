// Content negotiation, with the headers that real clients send.
#include "exporter/exposition/negotiate.h"

#include <gtest/gtest.h>

namespace cpaas::exposition {
namespace {

struct Accept {
  const char* who;
  const char* header;
  Format format;
};

class NegotiateFormat : public testing::TestWithParam<Accept> {};

TEST_P(NegotiateFormat, GivesWhatTheClientWants) {
  EXPECT_EQ(negotiate_format(GetParam().header), GetParam().format)
      << GetParam().who << ": " << GetParam().header;
}

constexpr auto browser =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7";
constexpr auto openmetrics = Format::openmetrics;
constexpr auto text = Format::text;

INSTANTIATE_TEST_SUITE_P(
    Clients, NegotiateFormat,
    testing::Values(
        Accept{"nobody", "", text}, Accept{"curl", "*/*", text}, Accept{"Chrome", browser, text},
        Accept{"Firefox", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text},
        Accept{"Prometheus 1",
               "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
               "encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
               text},
        Accept{"Prometheus 2.42",
               "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
               "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
               openmetrics},
        Accept{"Prometheus 2.50",
               "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;"
               "q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
               openmetrics},
        Accept{"Prometheus 2.50 with native histograms",
               "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;"
               "q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version="
               "0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
               openmetrics},
        Accept{"Prometheus 3",
               "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/"
               "openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
               "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
               openmetrics},
        Accept{"Prometheus 3 told to use text first",
               "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping="
               "allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,*/*;q=0.2",
               text},
        Accept{"promtool", "text/plain;version=0.0.4;q=1,*/*;q=0.1", text}));

INSTANTIATE_TEST_SUITE_P(
    Weights, NegotiateFormat,
    testing::Values(
        Accept{"OpenMetrics alone", "application/openmetrics-text", openmetrics},
        Accept{"equal weights", "text/plain, application/openmetrics-text", openmetrics},
        Accept{"refused", "application/openmetrics-text;q=0", text},
        Accept{"refused, with text refused too", "application/openmetrics-text;q=0, text/plain;q=0", text},
        Accept{"lower than text", "application/openmetrics-text;q=0.3, text/plain;q=0.5", text},
        Accept{"lower than text/*", "application/openmetrics-text;q=0.3, text/*;q=0.5", text},
        Accept{"lower than */*", "application/openmetrics-text;q=0.3, */*;q=0.5", text},
        Accept{"text refused by name", "application/openmetrics-text;q=0.3, text/plain;q=0, */*;q=0.5",
               openmetrics},
        Accept{"a version that is not spoken", "application/openmetrics-text;version=2.0.0", text},
        Accept{"another version that is not spoken",
               "application/openmetrics-text;version=2.0.0,text/plain;q=0.1", text},
        Accept{"case and spaces", " Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.9 , text/plain;q=0.8",
               openmetrics},
        Accept{"unreadable weight", "application/openmetrics-text;q=high", text},
        Accept{"a longer name", "application/openmetrics-text-2", text},
        Accept{"noise", ";;,,=;q=,*", text}));

struct Encoding {
  const char* header;
  bool gzip;
};

class AcceptsGzip : public testing::TestWithParam<Encoding> {};

TEST_P(AcceptsGzip, AsTheHeaderSays) {
  EXPECT_EQ(accepts_gzip(GetParam().header), GetParam().gzip) << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(
    All, AcceptsGzip,
    testing::Values(Encoding{"", false}, Encoding{"gzip", true}, Encoding{"GZIP", true},
                    Encoding{"deflate, gzip, br, zstd", true}, Encoding{"gzip;q=0.1", true},
                    Encoding{"gzip;q=0", false}, Encoding{"gzip; q=0.000", false},
                    Encoding{"gzip;q=0, *", false}, Encoding{"*, gzip;q=0", false}, Encoding{"*", true},
                    Encoding{"*;q=0", false}, Encoding{"gzip;q=1.0, identity;q=0.5, *;q=0", true},
                    Encoding{"identity", false}, Encoding{"br", false}, Encoding{"gzipped", false},
                    Encoding{"deflate,,gzip", true}, Encoding{"gzip;q=nonsense", false}));

}  // namespace
}  // namespace cpaas::exposition
