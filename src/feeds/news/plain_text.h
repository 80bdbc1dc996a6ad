// Text of strangers, made fit to be shown as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace flux::feeds {

/// `text` (well-formed UTF-8) without HTML: tags and comments go, and so does what stands in
/// `script` and `style`; character references become their characters. Control characters and the
/// marks that turn the direction of text become blanks, runs of blanks one. More than
/// `characters_max` characters are cut, and an ellipsis says so. What comes out may still hold "<":
/// it is text, and is shown as text. Thread: any.
std::string PlainText(std::string_view text, std::size_t characters_max);

/// Whether `text` is a link that may be shown: http or https, a host without user information, at
/// most limits::kUrlBytesMax bytes, and nothing in it that has to be escaped. Thread: any.
bool IsWebLink(std::string_view text);

}  // namespace flux::feeds
