// Which requests go and which wait.
#include "exporter/engine/in_flight.h"

#include <gmock/gmock.h>

namespace cpaas::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Origin, IsSchemeHostAndPort) {
  EXPECT_EQ(origin_of("https://api.example.com/v1/calls?x=/"), "https://api.example.com");
  EXPECT_EQ(origin_of("http://[::1]:8080?x"), "http://[::1]:8080");
  EXPECT_EQ(origin_of("http://host"), "http://host");
}

TEST(InFlight, OneServerHasSoManyAtOnceAndTheOthersWaitInOrder) {
  InFlight requests({.per_origin = 2, .in_all = 100});
  EXPECT_TRUE(requests.enter(1, "a"));
  EXPECT_TRUE(requests.enter(2, "a"));
  EXPECT_FALSE(requests.enter(3, "a"));
  EXPECT_FALSE(requests.enter(4, "a"));
  EXPECT_TRUE(requests.enter(5, "b")) << "another server's never wait for it";
  EXPECT_TRUE(requests.waits(3));
  EXPECT_THAT(requests.leave(2), ElementsAre(3));
  EXPECT_FALSE(requests.waits(3));
  EXPECT_THAT(requests.leave(5), IsEmpty());
  EXPECT_THAT(requests.leave(5), IsEmpty()) << "it was told before";
  EXPECT_THAT(requests.leave(1), ElementsAre(4));
}

TEST(InFlight, OneThatGivesUpWaitsNoLonger) {
  InFlight requests({.per_origin = 1, .in_all = 100});
  requests.enter(1, "a");
  requests.enter(2, "a");
  requests.enter(3, "a");
  EXPECT_THAT(requests.leave(2), IsEmpty());
  EXPECT_THAT(requests.leave(1), ElementsAre(3));
}

TEST(InFlight, WhereAllIsFullServersHaveTheirTurns) {
  InFlight requests({.per_origin = 3, .in_all = 3});
  for (Transport::Id id = 1; id <= 6; ++id) requests.enter(id, "a");
  requests.enter(7, "b");
  requests.enter(8, "c");
  std::vector<Transport::Id> order;
  for (const Transport::Id id : {1U, 2U, 3U}) {
    const auto may_go = requests.leave(id);
    order.insert(order.end(), may_go.begin(), may_go.end());
  }
  EXPECT_THAT(order, ElementsAre(4, 7, 8));
}

}  // namespace
}  // namespace cpaas::engine
