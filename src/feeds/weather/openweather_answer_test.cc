#include "feeds/weather/openweather_answer.h"

#include <gmock/gmock.h>

#include <string>

namespace flux::feeds {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// The vendor's example, with `from` replaced by `to`.
std::string Current(std::string_view from = "", std::string_view to = "") {
    std::string body =
        R"({"coord":{"lon":73.8553,"lat":18.5196},"weather":[{"id":802,"main":"Clouds","description":"scattered clouds","icon":"03d"}],"base":"stations","main":{"temp":31.42,"feels_like":31.97,"temp_min":31.42,"temp_max":31.42,"pressure":1009,"humidity":42,"sea_level":1009,"grnd_level":946},"visibility":6000,"wind":{"speed":3.11,"deg":291,"gust":4.02},"clouds":{"all":40},"dt":1773998401,"sys":{"type":1,"id":9052,"country":"IN","sunrise":1773968462,"sunset":1774012215},"timezone":19800,"id":1259229,"name":"Pune","cod":200})";
    if (from.empty()) return body;
    const auto at = body.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return body.replace(at, from.size(), to);
}

/// Values that a field may have and must not.
const std::vector<std::string> kNotNumbers{
    "null", "\"31\"", "true", "[]", "{}", "1e400", "-1e400", "123456789012345678901234567890"};

TEST(DecodeObservation, ReadsTheVendorsExample) {
    const auto seen = DecodeObservation(Current());
    ASSERT_TRUE(seen) << seen.error().context;
    EXPECT_EQ(seen->temp_c, 31.42);
    EXPECT_EQ(seen->feels_like_c, 31.97);
    EXPECT_EQ(seen->humidity, 42);
    EXPECT_EQ(seen->pressure_hpa, 1009);
    EXPECT_EQ(seen->wind_m_s, 3.11);
    EXPECT_EQ(seen->wind_degree, 291);
    EXPECT_EQ(seen->visibility_m, 6000);
    EXPECT_EQ(seen->condition, "scattered clouds");
    EXPECT_EQ(seen->icon, "03d");
    EXPECT_EQ(seen->observed_at, 1'773'998'401'000);
    EXPECT_EQ(seen->east_of_utc, std::chrono::seconds(19'800));
}

TEST(DecodeObservation, DoesWithoutWhatMayBeAbsentOrNullOrNonsense) {
    for (const std::string& value : kNotNumbers) {
        const auto visibility =
            DecodeObservation(Current("\"visibility\":6000", "\"visibility\":" + value));
        ASSERT_TRUE(visibility) << value;
        EXPECT_EQ(visibility->visibility_m, 10'000) << value;
        const auto degree = DecodeObservation(Current("\"deg\":291", "\"deg\":" + value));
        ASSERT_TRUE(degree) << value;
        EXPECT_EQ(degree->wind_degree, 0) << value;
        const auto feels =
            DecodeObservation(Current("\"feels_like\":31.97", "\"feels_like\":" + value));
        ASSERT_TRUE(feels) << value;
        EXPECT_EQ(feels->feels_like_c, 31.42) << value;
        const auto zone = DecodeObservation(Current("\"timezone\":19800", "\"timezone\":" + value));
        ASSERT_TRUE(zone) << value;
        EXPECT_EQ(zone->east_of_utc, std::chrono::seconds(0)) << value;
    }
    for (const std::string_view gone :
         {"\"visibility\":6000,",
          ",\"deg\":291",
          "\"feels_like\":31.97,",
          "\"timezone\":19800,",
          "\"base\":\"stations\",",
          ",\"gust\":4.02",
          "\"clouds\":{\"all\":40},"}) {
        EXPECT_TRUE(DecodeObservation(Current(gone, ""))) << gone;
    }
}

TEST(DecodeObservation, IsNoneWithoutWhatIsAlwaysThere) {
    for (const std::string& value : kNotNumbers) {
        for (const std::string_view field :
             {"\"temp\":31.42",
              "\"humidity\":42",
              "\"pressure\":1009",
              "\"speed\":3.11",
              "\"dt\":1773998401"}) {
            const std::string name(field.substr(0, field.find(':') + 1));
            const auto seen = DecodeObservation(Current(field, name + value));
            ASSERT_FALSE(seen) << name << value;
            EXPECT_EQ(seen.error().code, ErrorCode::kBadInput);
            EXPECT_THAT(seen.error().context, HasSubstr(name.substr(1, name.size() - 3)));
        }
    }
    for (const std::string_view section : {"\"main\":{", "\"wind\":{", "\"weather\":["}) {
        const std::string renamed = "\"x" + std::string(section.substr(1));
        EXPECT_FALSE(DecodeObservation(Current(section, renamed))) << section;
    }
    EXPECT_FALSE(DecodeObservation(Current("\"temp\":31.42", "\"temp\":1000")));
    EXPECT_FALSE(DecodeObservation(Current("\"humidity\":42", "\"humidity\":101")));
}

TEST(DecodeObservation, TakesTheMainWordForAMissingDescription) {
    for (const std::string_view bad :
         {"\"description\":null", "\"description\":7", "\"description\":\"  \"", "\"x\":\"y\""}) {
        const auto seen = DecodeObservation(Current("\"description\":\"scattered clouds\"", bad));
        ASSERT_TRUE(seen) << bad;
        EXPECT_EQ(seen->condition, "Clouds") << bad;
    }
    const std::string huge = "\"description\":\"" + std::string(10'000, 'x') + "\"";
    EXPECT_EQ(
        DecodeObservation(Current("\"description\":\"scattered clouds\"", huge))->condition,
        "Clouds"
    );
    EXPECT_FALSE(DecodeObservation(
        Current("\"main\":\"Clouds\",\"description\":\"scattered clouds\"", "\"a\":1")
    ));
    EXPECT_FALSE(DecodeObservation(Current("[{\"id\":802", "[null,{\"id\":802")));
}

TEST(DecodeObservation, AnIconIsOneOfTheVendorsCodes) {
    for (const std::string_view bad :
         {"null", "3", "\"../../x\"", "\"03x\"", "\"05d\"", "\"\"", "\"03d.png\""}) {
        const auto seen =
            DecodeObservation(Current("\"icon\":\"03d\"", "\"icon\":" + std::string(bad)));
        ASSERT_TRUE(seen) << bad;
        EXPECT_EQ(seen->icon, "") << bad;
    }
}

TEST(DecodeObservation, RefusesWhatIsNoAnswer) {
    const std::string whole = Current();
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_FALSE(DecodeObservation(whole.substr(0, size))) << size;
    for (const std::string_view body :
         {"<html><body>502</body></html>",
          "null",
          "[]",
          "7",
          "\"ok\"",
          "{}",
          "{\"cod\":200}",
          "{\"main\":7,\"wind\":7,\"weather\":7,\"dt\":7}"}) {
        EXPECT_FALSE(DecodeObservation(body)) << body;
    }
}

TEST(DecodeAir, ReadsThePollutantsAndComputesTheIndex) {
    const auto air = DecodeAir(
        R"({"coord":[50,50],"list":[{"dt":1606147200,"main":{"aqi":4},"components":{"co":203.609,"no":0.0,"no2":0.396,"o3":75.102,"so2":0.648,"pm2_5":37.8,"pm10":92.214,"nh3":0.117}}]})"
    );
    ASSERT_TRUE(air) << air.error().context;
    EXPECT_EQ(air->co, 203.609);
    EXPECT_EQ(air->no2, 0.396);
    EXPECT_EQ(air->o3, 75.102);
    EXPECT_EQ(air->so2, 0.648);
    EXPECT_EQ(air->pm10, 92.214);
    EXPECT_EQ(air->pm2_5, 37.8);
    EXPECT_EQ(air->us_epa_index, 3);
}

TEST(DecodeAir, LeavesOutWhatIsMissing) {
    const auto air =
        DecodeAir(R"({"list":[{"components":{"co":null,"no2":"x","o3":-1,"so2":1e400,"pm10":5}}]})"
        );
    ASSERT_TRUE(air);
    contract::AirQuality only;
    only.pm10 = 5;
    EXPECT_EQ(*air, only);
    for (const std::string_view body :
         {"{}",
          "[]",
          "{\"list\":[]}",
          "{\"list\":[null]}",
          "{\"list\":[{\"components\":null}]}",
          "{\"list\":null}",
          "",
          "<html>"}) {
        EXPECT_FALSE(DecodeAir(body)) << body;
    }
}

TEST(DecodeGeo, ReadsRowsAndLosesOnlyTheBrokenOnes) {
    const auto rows = DecodeGeo(
        R"([{"name":"Pune","local_names":{"mr":"पुणे"},"lat":18.5213738,"lon":73.8545071,"country":"IN","state":"Maharashtra"},
            null,7,{"lat":null,"lon":1},{"lat":91,"lon":1},{"lat":1},{"lat":1e400,"lon":2},
            {"lat":-1.5,"lon":2,"country":null,"state":7}])"
    );
    ASSERT_TRUE(rows) << rows.error().context;
    ASSERT_THAT(*rows, SizeIs(2));
    EXPECT_EQ((*rows)[0].lat, 18.5213738);
    EXPECT_EQ((*rows)[0].lon, 73.8545071);
    EXPECT_EQ((*rows)[0].country, "IN");
    EXPECT_EQ((*rows)[0].state, "Maharashtra");
    EXPECT_EQ((*rows)[1].lat, -1.5);
    EXPECT_EQ((*rows)[1].country, "");
    EXPECT_EQ((*rows)[1].state, "");
    EXPECT_THAT(*DecodeGeo(" [] "), SizeIs(0));
    for (const std::string_view body :
         {"", "{}", "null", "<html>", "[", "{\"cod\":200}", "[null]", R"([{"lat":1e400,"lon":1}])"})
        EXPECT_FALSE(DecodeGeo(body)) << body;
}

}  // namespace
}  // namespace flux::feeds
