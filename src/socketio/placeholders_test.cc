#include "socketio/placeholders.h"

#include "limits/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace flux::socketio {
namespace {

TEST(Placeholders, MayStandAnywhere) {
    for (const std::string_view payload :
         {R"(["a",{"x":[{"num":1,"_placeholder":true}]},{"_placeholder":true,"num":0}])",
          R"([ "a" , { "_placeholder" : true , "num" : 1 } ])",
          R"(["a",{"\u005fplaceholder":true,"num":1}])",
          R"(["a",1,"}",[],{}])",
          "[]"}) {
        EXPECT_TRUE(PlaceholdersFit(payload, 2)) << payload;
    }
}

TEST(Placeholders, NameAnAttachmentThatThereIs) {
    for (const std::string_view payload :
         {R"(["a",{"_placeholder":true,"num":1}])",
          R"(["a",{"_placeholder":true,"num":-1}])",
          R"(["a",{"_placeholder":true}])",
          R"(["a",{"_placeholder":true,"num":"0"}])",
          R"(["a",{"_placeholder":true,"num":0.5}])",
          R"(["a",{"_placeholder":true,"num":[0]}])",
          R"(["a",[[{"_placeholder":true,"num":7}]]])",
          R"(["a",{"\u005fplaceholder":true,"num":1}])",
          R"(["a",{"num":0,"_placeholder":true,"num":1}])",
          R"(["a",{"_placeholder":true,"num":99999999999999999999}])",
          R"(["a",{"n":{"_placeholder":true,"num":0},"_placeholder":true}])"}) {
        EXPECT_FALSE(PlaceholdersFit(payload, 1)) << payload;
    }
}

TEST(Placeholders, AreOnlyThoseThatSayTrue) {
    for (const std::string_view payload :
         {R"(["a",{"_placeholder":false,"num":9}])",
          R"(["a",{"_placeholder":"true","num":9}])",
          R"(["a",{"_placeholder":{"x":true},"num":9}])",
          R"(["_placeholder",true,"num",9])",
          R"(["a",{"_placeholder":true,"num":9,"_placeholder":null}])",
          R"(["a",{"x":"_placeholder","num":9}])",
          R"(["a",{"x\"_placeholder":true,"num":9}])"}) {
        EXPECT_TRUE(PlaceholdersFit(payload, 1)) << payload;
    }
}

TEST(Placeholders, AreFoundAtTheDeepestLevel) {
    const std::size_t around = limits::kJsonDepthMax - 1;
    const std::string placeholder = R"({"_placeholder":true,"num":3})";
    const std::string deep = std::string(around, '[') + placeholder + std::string(around, ']');
    EXPECT_TRUE(PlaceholdersFit(deep, 4));
    EXPECT_FALSE(PlaceholdersFit(deep, 3));
}

}  // namespace
}  // namespace flux::socketio
