using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Stork.Output;

namespace Stork.Serialization;

/// <summary>Turns arguments of events into JSON and back, with binary data as attachments.</summary>
internal sealed class ArgumentSerializer
{
    private JsonTypeInfo? _lastUsed;

    /// <param name="configured">The application's options; they are copied, and converters for binary data are added.</param>
    /// <param name="maxDepth">The deepest JSON that is read or written.</param>
    /// <param name="maxAttachments">What clients take, see <see cref="MaxAttachments"/>.</param>
    public ArgumentSerializer(JsonSerializerOptions? configured, int maxDepth, int maxAttachments)
    {
        MaxAttachments = maxAttachments;
        Options = configured is null ? new JsonSerializerOptions(JsonSerializerDefaults.Web) : new JsonSerializerOptions(configured);
        // Nothing here is ever put into HTML by the server, and clients parse JSON: the short form is the right one.
        Options.Encoder ??= JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        Options.MaxDepth = maxDepth;
        Options.Converters.Add(new ByteArrayConverter());
        Options.Converters.Add(new MemoryConverter());
        Options.Converters.Add(new ReadOnlyMemoryConverter());
        var resolver = JsonTypeInfoResolver.Combine(configured?.TypeInfoResolver, WellKnownTypes.Default);
        if (configured?.TypeInfoResolver is null && JsonSerializer.IsReflectionEnabledByDefault) resolver = ReflectionResolver();
        Options.TypeInfoResolver = resolver;
        Options.MakeReadOnly();
    }

    public JsonSerializerOptions Options { get; }

    /// <summary>Binary attachments of one packet that clients take; with more, the official ones end the connection.</summary>
    public int MaxAttachments { get; }

    public void Write<T>(PacketBuilder packet, T value)
    {
        if (typeof(T) == typeof(string) || value is null)
        {
            packet.Json.WriteStringValue((string?)(object?)value);
            return;
        }

        if (value is CancellationToken)
        {
            throw new ArgumentException(
                "A CancellationToken is no argument of an event. To give up an answer, put the token behind an array of the arguments: "
                + "EmitWithAckAsync<T>(name, [argument], cancellationToken).");
        }

        var outer = AttachmentScope.EnterWriting(packet);
        try
        {
            // A sealed type is written as declared; anything else as what it is, as every JSON library of the other languages does.
            if (typeof(T).IsValueType || typeof(T).IsSealed) JsonSerializer.Serialize(packet.Json, value, TypeInfo<T>());
            else JsonSerializer.Serialize(packet.Json, value, Options.GetTypeInfo(value.GetType()));
        }
        finally
        {
            AttachmentScope.EnterWriting(outer);
        }
    }

    /// <summary>Reads the value the reader stands on.</summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? Read<T>(ref Utf8JsonReader reader, ReadOnlyMemory<byte>[] attachments)
    {
        if (typeof(T) == typeof(string) && reader.TokenType == JsonTokenType.String) return (T)(object)reader.GetString()!;
        if (attachments.Length == 0) return JsonSerializer.Deserialize(ref reader, TypeInfo<T>());
        var outer = AttachmentScope.EnterReading(attachments);
        try
        {
            return JsonSerializer.Deserialize(ref reader, TypeInfo<T>());
        }
        finally
        {
            AttachmentScope.EnterReading(outer);
        }
    }

    /// <summary>Reads a value that is all there is.</summary>
    /// <exception cref="JsonException">The value does not fit the type.</exception>
    public T? Read<T>(ReadOnlySpan<byte> json, ReadOnlyMemory<byte>[] attachments)
    {
        if (attachments.Length == 0) return JsonSerializer.Deserialize(json, TypeInfo<T>());
        var outer = AttachmentScope.EnterReading(attachments);
        try
        {
            return JsonSerializer.Deserialize(json, TypeInfo<T>());
        }
        finally
        {
            AttachmentScope.EnterReading(outer);
        }
    }

    /// <summary>A value as JSON on its own, for what travels outside of events (CONNECT_ERROR data).</summary>
    public JsonElement ToElement(object? value) =>
        value is null ? default : JsonSerializer.SerializeToElement(value, Options.GetTypeInfo(value.GetType()));

    /// <summary>Mostly the same type is asked for again.</summary>
    private JsonTypeInfo<T> TypeInfo<T>()
    {
        if (_lastUsed is JsonTypeInfo<T> known) return known;
        var info = (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
        _lastUsed = info;
        return info;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only reached when the application kept reflection-based serialization on.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only reached when the application kept reflection-based serialization on.")]
    private static DefaultJsonTypeInfoResolver ReflectionResolver() => new();
}
