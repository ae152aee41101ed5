using System.Runtime.InteropServices;
using System.Text.Json;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Consumers;

/// <summary>What a client's acknowledgement says about the message.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AckAnswer(AckVerdict Verdict, TimeSpan? Delay = null, string? Reason = null)
{
    /// <summary>What is longer is not kept anyway; the store cuts it at a whole character.</summary>
    private const int MaxReasonLength = DeadLetterInfo.MaxErrorBytes + 1;

    /// <summary>Whether it has no argument at all, as nearly all answers.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> payload) => payload.Length <= 2;

    /// <param name="payload">A JSON array, checked when it was received; empty if there was none.</param>
    /// <param name="style">How to understand it.</param>
    public static AckAnswer Read(ReadOnlySpan<byte> payload, AckStyle style)
    {
        if (IsPlain(payload)) return default;
        var reader = new Utf8JsonReader(LoneSurrogates.Mend(payload), new JsonReaderOptions { MaxDepth = ProtocolLimits.LargestJsonDepth });
        reader.Read();
        reader.Read();
        return style == AckStyle.NodeError ? ReadError(ref reader) : ReadControl(ref reader);
    }

    /// <summary>Tells the store; null if that is closed or failed, and the message comes again.</summary>
    public async Task<SettleOutcome?> SettleAsync(QueueStore store, int ackId, string owner)
    {
        try
        {
            return await (Verdict switch
            {
                AckVerdict.Nack => store.NackAsync(ackId, owner, Delay, Reason),
                AckVerdict.Reject => store.RejectAsync(ackId, owner, Reason),
                AckVerdict.Release => store.ReleaseAsync(ackId, owner),
                _ => store.AckAsync(ackId, owner),
            });
        }
        catch (QueueException)
        {
            return null;
        }
    }

    /// <summary>Control only if it is alone and says one thing: data that happens to look a little like it stays data.</summary>
    private static AckAnswer ReadControl(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return default;
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName) return default;
        AckVerdict verdict;
        if (JsonNames.IsName(reader, "$nack"u8)) verdict = AckVerdict.Nack;
        else if (JsonNames.IsName(reader, "$reject"u8)) verdict = AckVerdict.Reject;
        else if (JsonNames.IsName(reader, "$release"u8)) verdict = AckVerdict.Release;
        else return default;
        reader.Read();
        var (delay, reason) = ReadDetails(ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndObject && reader.Read() && reader.TokenType == JsonTokenType.EndArray
            ? new AckAnswer(verdict, delay, reason)
            : default;
    }

    private static AckAnswer ReadError(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.EndArray or JsonTokenType.Null or JsonTokenType.False:
            case JsonTokenType.String when reader.ValueSpan.IsEmpty:
            case JsonTokenType.Number when reader.TryGetDouble(out var number) && number == 0:
                return default;
            default:
                return new AckAnswer(AckVerdict.Nack, Reason: ReadDetails(ref reader).Reason);
        }
    }

    /// <summary>A reason, or an object with <c>delayMs</c> and <c>reason</c> (or <c>message</c>); the reader ends on the value's last
    /// token.</summary>
    private static (TimeSpan? Delay, string? Reason) ReadDetails(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return (null, ReadText(ref reader));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return default;
        }

        TimeSpan? delay = null;
        string? reason = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isDelay = JsonNames.IsName(reader, "delayMs"u8);
            var isReason = JsonNames.IsName(reader, "reason"u8) || JsonNames.IsName(reader, "message"u8);
            reader.Read();
            if (isDelay && reader.TokenType == JsonTokenType.Number) delay = ReadDelay(ref reader);
            else if (isReason && reader.TokenType == JsonTokenType.String) reason = ReadText(ref reader);
            else reader.Skip();
        }

        return (delay, reason);
    }

    private static TimeSpan? ReadDelay(ref Utf8JsonReader reader)
    {
        if (!reader.TryGetDouble(out var milliseconds) || double.IsNaN(milliseconds)) return null;
        return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, QueueOptions.MaxDelay.TotalMilliseconds));
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        var text = reader.GetString()!;
        return text.Length <= MaxReasonLength ? text : text[..MaxReasonLength];
    }
}

internal enum AckVerdict
{
    Ack,
    Nack,
    Reject,
    Release,
}
