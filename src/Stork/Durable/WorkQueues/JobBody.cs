using System.Globalization;
using System.Text.Json;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.WorkQueues;

/// <summary>
/// How a job is stored: its JSON, and right behind it the binary data its placeholders number, whose lengths are in a header. A job without
/// binary data is therefore plain JSON for everybody who reads the store.
/// </summary>
/// <remarks>Body: <c>JSON | attachment 0 | attachment 1 | …</c>; header <c>stork.attachments</c>: the lengths of the attachments in bytes,
/// decimal, with commas.</remarks>
internal static class JobBody
{
    public const string AttachmentsHeader = "stork.attachments";

    /// <summary>Attachments of one job; their lengths have to fit a header.</summary>
    public const int MaxAttachments = 256;

    /// <summary>Serializes a job.</summary>
    /// <param name="serializer">The server's.</param>
    /// <param name="job">The job.</param>
    /// <param name="maxAttachments">How many it may have.</param>
    /// <param name="attachments">The header's value; null: there are none.</param>
    /// <exception cref="QueueException">It has too many attachments.</exception>
    public static byte[] Write<T>(ArgumentSerializer serializer, T job, int maxAttachments, out string? attachments)
    {
        var builder = PacketBuilder.Start(0, serializer.Options);
        try
        {
            serializer.Write(builder, job);
            var json = builder.JsonText;
            attachments = null;
            if (builder.Attachments.Count == 0) return json.ToArray();
            if (builder.Attachments.Count > maxAttachments)
            {
                throw new QueueException(
                    QueueErrorCode.TooLarge,
                    $"The job has {builder.Attachments.Count} binary values; in this queue it may have {maxAttachments}.");
            }

            var values = builder.Attachments;
            attachments = string.Join(',', values.Lengths.Select(static length => length.ToString(CultureInfo.InvariantCulture)));
            var body = new byte[json.Length + values.Lengths.Sum()];
            json.CopyTo(body);
            var end = json.Length;
            for (var i = 0; i < values.Count; i++)
            {
                values[i].CopyTo(body.AsSpan(end));
                end += values[i].Length;
            }

            return body;
        }
        finally
        {
            builder.Release();
        }
    }

    /// <summary>Puts a body together from what a client sent, of which nobody else may make use.</summary>
    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> binary, out string? attachments)
    {
        attachments = null;
        if (binary.Count == 0) return json;
        if (binary.Count > MaxAttachments)
            throw new QueueException(QueueErrorCode.TooLarge, $"A job has at most {MaxAttachments} attachments.");
        attachments = string.Join(',', binary.Select(static a => a.Length.ToString(CultureInfo.InvariantCulture)));
        var body = new byte[json.Length + binary.Sum(static a => a.Length)];
        json.Span.CopyTo(body);
        var end = json.Length;
        foreach (var attachment in binary)
        {
            attachment.Span.CopyTo(body.AsSpan(end));
            end += attachment.Length;
        }

        return body;
    }

    /// <summary>Reads a job.</summary>
    /// <exception cref="JsonException">The body does not fit the type, or contradicts its header.</exception>
    public static T? Read<T>(ArgumentSerializer serializer, Delivery delivery)
    {
        var (json, attachments) = Split(delivery);
        return serializer.Read<T>(json.Span, attachments);
    }

    /// <summary>The JSON and the attachments of a stored job.</summary>
    /// <exception cref="JsonException">The body contradicts its header.</exception>
    public static (ReadOnlyMemory<byte> Json, ReadOnlyMemory<byte>[] Attachments) Split(Delivery delivery)
    {
        if (!delivery.Headers.TryGetValue(AttachmentsHeader, out var lengths)) return (delivery.Body, []);
        var parts = lengths.Split(',');
        var attachments = new ReadOnlyMemory<byte>[parts.Length];
        var start = delivery.Body.Length;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > start)
                throw new JsonException("The lengths of the job's attachments do not fit its body.");
            start -= length;
            attachments[i] = delivery.Body.Slice(start, length);
        }

        return (delivery.Body[..start], attachments);
    }
}
