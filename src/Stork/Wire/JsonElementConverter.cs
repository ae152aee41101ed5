using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stork.Wire;

/// <summary>
/// Writes an element that the application got from somewhere, though half an emoji may be in it; see <see cref="LoneSurrogates"/>.
/// </summary>
internal sealed class JsonElementConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader);

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
    {
        var json = value.ValueKind == JsonValueKind.Undefined ? default : JsonMarshal.GetRawUtf8Value(value);
        var mended = LoneSurrogates.Mend(json);
        if (mended == json)
        {
            value.WriteTo(writer);
            return;
        }

        var reader = new Utf8JsonReader(mended, new JsonReaderOptions { MaxDepth = options.MaxDepth });
        using var readable = JsonDocument.ParseValue(ref reader);
        readable.RootElement.WriteTo(writer);
    }
}
