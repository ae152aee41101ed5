using System.Text.Json;
using System.Text.Json.Serialization;

namespace Stork.Wire;

/// <summary>Sends a byte array, at any depth of the arguments, as a Socket.IO attachment instead of base64.</summary>
internal sealed class ByteArrayConverter : JsonConverter<byte[]>
{
    public override byte[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AttachmentScope.Read(ref reader).ToArray();

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) => AttachmentScope.Write(writer, value);
}

/// <inheritdoc cref="ByteArrayConverter"/>
internal sealed class MemoryConverter : JsonConverter<Memory<byte>>
{
    public override Memory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AttachmentScope.Read(ref reader).ToArray();

    public override void Write(Utf8JsonWriter writer, Memory<byte> value, JsonSerializerOptions options) =>
        AttachmentScope.Write(writer, value.Span);
}

/// <inheritdoc cref="ByteArrayConverter"/>
internal sealed class ReadOnlyMemoryConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        AttachmentScope.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options) =>
        AttachmentScope.Write(writer, value.Span);
}
