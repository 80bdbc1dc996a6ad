import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** The client's values as values that can be compared: its JSON objects know no equals(). */
final class Json {
    private Json() {}

    static JSONObject object(String text) {
        try {
            return new JSONObject(text);
        } catch (JSONException error) {
            throw new AssertionError(text, error);
        }
    }

    /** Objects as Map, arrays as List, bytes as ByteBuffer, null as null, all else as it is. */
    static Object plain(Object value) {
        if (value == null || value == JSONObject.NULL) return null;
        if (value instanceof byte[] bytes) return ByteBuffer.wrap(bytes);
        if (value instanceof JSONArray array) {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < array.length(); ++i) items.add(plain(array.opt(i)));
            return items;
        }
        if (value instanceof JSONObject object) {
            Map<String, Object> members = new HashMap<>();
            for (Iterator<?> keys = object.keys(); keys.hasNext();) {
                String key = (String) keys.next();
                members.put(key, plain(object.opt(key)));
            }
            return members;
        }
        return value;
    }

    static List<Object> plain(Object... values) {
        return new ArrayList<>(Arrays.stream(values).map(Json::plain).toList());
    }
}
