// What is packed comes out as it was.
#include "exporter/engine/packed_samples.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "exporter/core/families.h"

namespace cpaas::engine {
namespace {

namespace f = families;

std::vector<Sample> unpacked(const PackedSamples& packed) {
  std::vector<Sample> samples;
  packed.each([&](const Sample& sample) { samples.push_back(sample); });
  return samples;
}

void expect_same(const std::vector<Sample>& a, const std::vector<Sample>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].family, b[i].family);
    EXPECT_EQ(a[i].window, b[i].window);
    EXPECT_EQ(a[i].labels, b[i].labels);
    EXPECT_EQ(a[i].value, b[i].value);
    EXPECT_EQ(a[i].expires, b[i].expires);
  }
}

std::vector<Sample> rows() {
  std::vector<Sample> samples{{&f::balance, Window::none, {"USD"}, -0.5}, {&f::up, Window::none, {}, 1}};
  for (int user = 0; user < 300; ++user) {
    const std::string id = std::string(static_cast<std::size_t>(user), 'x') + std::to_string(user);
    samples.push_back({&f::user_calls, Window::d30, {"org", id}, user * 1.1});
    samples.push_back({&f::user_cost, Window::today, {"org", id, "voice", "USD"}, 1e300});
    samples.push_back({&f::user_calls, Window::d30, {"", id + "\xC3\xA9"}, 0});
    samples.back().expires = TimePoint{Duration{user % 3}};
  }
  return samples;
}

TEST(PackedSamples, ComeOutAsTheyWere) {
  expect_same(unpacked(PackedSamples(rows())), rows());
  EXPECT_EQ(PackedSamples(rows()).size(), rows().size());
  EXPECT_TRUE(PackedSamples(std::vector<Sample>{}).empty());
  EXPECT_TRUE(unpacked(PackedSamples{}).empty());
}

TEST(PackedSamples, KnowTheirKinds) {
  EXPECT_EQ(PackedSamples(rows()).kinds().size(), 7U);  // user_calls also by when they expire
}

TEST(PackedSamples, LoseWhatIsErased) {
  const auto gone = [](const Sample& sample) { return sample.value > 100 || sample.window == Window::none; };
  PackedSamples packed(rows());
  packed.erase_if(gone);
  auto left = rows();
  std::erase_if(left, gone);
  expect_same(unpacked(packed), left);
  packed.erase_kinds([](const PackedSamples::Kind& kind) { return kind.expires != TimePoint::max(); });
  std::erase_if(left, [](const Sample& sample) { return sample.expires != TimePoint::max(); });
  expect_same(unpacked(packed), left);
  packed.erase_kinds([](const PackedSamples::Kind&) { return true; });
  EXPECT_TRUE(packed.empty());
}

}  // namespace
}  // namespace cpaas::engine
