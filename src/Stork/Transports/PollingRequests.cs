using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Stork.Engine;
using Stork.Output;

namespace Stork.Transports;

/// <summary>The GETs and POSTs of long-polling.</summary>
internal sealed class PollingRequests(SocketIOOptions options, ProtocolLimits limits)
{
    /// <summary>Answers the handshake's GET, or any later one, with what the session has to say.</summary>
    public async Task PollAsync(HttpContext context, EngineConnection connection, PollingTransport transport)
    {
        Task<IReadOnlyList<EncodedPacket>>? poll;
        lock (connection.Gate) poll = connection.BeginPoll(transport);
        if (poll is null)
        {
            connection.Close(DisconnectReason.TransportError, abort: true, "The client polled while a poll was waiting.");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (!poll.IsCompleted)
        {
            // The registration ends with the poll: what happens to the answer on its way is the client's business, as in the original.
            await using var aborted = context.RequestAborted.UnsafeRegister(
                static state => ((EngineConnection)state!).Close(DisconnectReason.TransportError, abort: true, "The client aborted a poll."),
                connection);
            await poll;
        }

        await AnswerAsync(context, await poll);
    }

    /// <summary>Takes the packets of a POST.</summary>
    public async Task PostAsync(HttpContext context, EngineConnection connection, PollingTransport transport)
    {
        var response = context.Response;
        bool isConcurrent;
        lock (connection.Gate) (isConcurrent, transport.IsPosting) = (transport.IsPosting, true);
        if (isConcurrent)
        {
            connection.Close(DisconnectReason.TransportError, abort: true, "The client posted while a post was being read.");
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (string.Equals(context.Request.ContentType, "application/octet-stream", StringComparison.OrdinalIgnoreCase))
        {
            connection.Close(DisconnectReason.TransportError, abort: true, "Binary bodies are not part of version 4 of the protocol.");
            response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var body = await ReadBodyAsync(context);
        if (body is null)
        {
            lock (connection.Gate) transport.IsPosting = false;
            response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        using (body) Handle(body.Memory[..body.Length], connection);
        await connection.WaitForCapacityAsync();
        lock (connection.Gate) transport.IsPosting = false;
        response.ContentType = "text/html";
        response.ContentLength = 2;
        await response.Body.WriteAsync("ok"u8.ToArray());
    }

    private void Handle(ReadOnlyMemory<byte> body, EngineConnection connection)
    {
        var turn = Turn.Enter();
        try
        {
            using (connection.EnterReceiving())
            {
                var reader = new PollingPayloadReader(body, limits);
                while (reader.TryRead(out var packet))
                {
                    if (!connection.Receive(packet)) return;
                }
            }
        }
        catch (ProtocolException violation)
        {
            connection.Violated(violation);
        }
        catch (Exception exception)
        {
            Log.ConnectionFailed(connection.Server.Logger, exception, connection.Id);
            connection.Close(DisconnectReason.TransportError, abort: true, "Internal error.");
        }
        finally
        {
            turn.Exit();
        }
    }

    /// <summary>The body, or null if it exceeds the limit; what lies behind the limit is not read.</summary>
    private async ValueTask<PooledBody?> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > options.MaxHttpBufferSize) return null;
        var body = new PooledBody((int)(context.Request.ContentLength ?? PooledBody.DefaultSize), options.MaxHttpBufferSize);
        while (true)
        {
            var read = await context.Request.Body.ReadAsync(body.Free, context.RequestAborted);
            if (read == 0) return body;
            body.Length += read;
            if (body.Length <= options.MaxHttpBufferSize) continue;
            body.Dispose();
            return null;
        }
    }

    private async Task AnswerAsync(HttpContext context, IReadOnlyList<EncodedPacket> packets)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        var mayCompress = false;
        foreach (var packet in packets)
        {
            mayCompress |= options.HttpCompression && !packet.Flags.HasFlag(PacketFlags.NoCompression);
            Append(writer, packet.First);
            foreach (var attachment in packet.Attachments) Append(writer, attachment);
        }

        var response = context.Response;
        response.ContentType = "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        var encoding = mayCompress && writer.WrittenCount >= options.HttpCompressionThreshold ? ChooseEncoding(context.Request) : null;
        if (encoding is null)
        {
            response.ContentLength = writer.WrittenCount;
            await response.Body.WriteAsync(writer.WrittenMemory);
            return;
        }

        response.Headers.ContentEncoding = encoding;
        await using Stream compressed = encoding == "gzip"
            ? new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await compressed.WriteAsync(writer.WrittenMemory);
    }

    private static void Append(ArrayBufferWriter<byte> writer, in EncodedFrame frame)
    {
        if (writer.WrittenCount > 0) writer.Write([PollingPayloadWriter.Separator]);
        if (frame.IsBinary) PollingPayloadWriter.WriteBinary(writer, frame.Payload);
        else writer.Write(frame.Payload);
    }

    /// <summary>gzip or deflate, whichever the client likes better; null if it accepts neither.</summary>
    private static string? ChooseEncoding(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted)) return null;
        double Quality(string name) =>
            accepted.FirstOrDefault(value => value.Value.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } named ? named.Quality ?? 1
            : accepted.FirstOrDefault(value => value.Value == "*") is { } any ? any.Quality ?? 1
            : 0;
        var (gzip, deflate) = (Quality("gzip"), Quality("deflate"));
        return gzip >= deflate ? gzip > 0 ? "gzip" : null : "deflate";
    }
}
