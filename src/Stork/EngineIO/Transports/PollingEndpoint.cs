using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Stork.Wire;

namespace Stork.EngineIO.Transports;

/// <summary>The GETs and POSTs of long-polling.</summary>
internal sealed class PollingEndpoint(EngineServer server) : TransportEndpoint
{
    private readonly EngineOptions _options = server.Options;

    public override SocketIOTransports Kind => SocketIOTransports.Polling;

    public override string Name => "polling";

    public override Task OpenAsync(HttpContext context, string id)
    {
        var connection = server.CreateConnection(id);
        var transport = new PollingTransport(connection);
        if (_options.Cookie is { } cookie)
            context.Response.Cookies.Append(cookie.Name!, connection.Id, SessionCookie.Build(cookie, context));
        server.Open(connection, transport, context);
        return PollAsync(context, connection, transport);
    }

    public override Task? TryServe(HttpContext context, EngineConnection connection, bool isUpgrade)
    {
        if (isUpgrade || connection.Transport is not PollingTransport transport) return null;
        if (HttpMethods.IsGet(context.Request.Method)) return PollAsync(context, connection, transport);
        if (HttpMethods.IsPost(context.Request.Method)) return PostAsync(context, connection, transport);
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    /// <summary>Answers the handshake's GET, or any later one, with what the session has to say.</summary>
    private async Task PollAsync(HttpContext context, EngineConnection connection, PollingTransport transport)
    {
        Task<IReadOnlyList<EncodedPacket>>? poll;
        lock (connection.Gate) poll = transport.BeginPoll();
        if (poll is null)
        {
            connection.Close(DisconnectReason.TransportError, abort: true, "The client polled while a poll was waiting.");
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (!poll.IsCompleted)
        {
            // The registration ends with the poll: what happens to the answer on its way is the client's business, as in the original.
            await using var aborted = CloseWhenAborted(context, connection, "The client aborted a poll.");
            await poll;
        }

        await AnswerAsync(context, await poll);
    }

    /// <summary>Takes the packets of a POST.</summary>
    private async Task PostAsync(HttpContext context, EngineConnection connection, PollingTransport transport)
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

        bool isTaken;
        try
        {
            isTaken = await HandleBodyAsync(context, connection);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // What the rest of the body would have said is lost, and with it the order.
            connection.MarkCut();
            connection.Close(DisconnectReason.TransportError, abort: true, "The client aborted a post.");
            // The web server answers what it found wrong itself; otherwise nobody is there, and it need not look for the rest of the body.
            if (exception is BadHttpRequestException) throw;
            context.Abort();
            return;
        }
        finally
        {
            lock (connection.Gate) transport.IsPosting = false;
        }

        if (!isTaken)
        {
            response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return;
        }

        response.ContentType = "text/html";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = 2;
        PipelineOptOut.KeepUncompressed(context);
        await response.Body.WriteAsync("ok"u8.ToArray());
    }

    /// <summary>Reads and handles the body; false if it is too large.</summary>
    private async Task<bool> HandleBodyAsync(HttpContext context, EngineConnection connection)
    {
        using var body = await ReadBodyAsync(context);
        if (body is null) return false;
        if (connection.MustLeaveThread) await Task.Yield();
        var reader = new PollingPayloadReader(body.Memory[..body.Length], _options.Limits);
        bool isThereMore;
        do
        {
            isThereMore = Handle(ref reader, connection);
            var capacity = connection.WaitForCapacityAsync();
            if (capacity.IsCompletedSuccessfully) continue;
            await using var aborted = CloseWhenAborted(context, connection, "The client aborted a post.");
            await capacity;
        }
        while (isThereMore);
        return true;
    }

    private static CancellationTokenRegistration CloseWhenAborted(HttpContext context, EngineConnection connection, string details) =>
        context.RequestAborted.UnsafeRegister(
            _ =>
            {
                connection.MarkCut();
                connection.Close(DisconnectReason.TransportError, abort: true, details);
            },
            null);

    /// <summary>Handles packets as long as the listener takes them; true if some are left.</summary>
    private static bool Handle(ref PollingPayloadReader reader, EngineConnection connection)
    {
        var batch = OutputBatch.Enter();
        var isRead = false;
        try
        {
            lock (connection.Receiving)
            {
                connection.Heartbeat.BeginBatch();
                try
                {
                    while (!connection.IsFull)
                    {
                        isRead = false;
                        if (!reader.TryRead(out var packet)) return false;
                        isRead = true;
                        if (!connection.Receive(packet)) return false;
                    }

                    return true;
                }
                finally
                {
                    connection.Heartbeat.EndBatch();
                }
            }
        }
        catch (ProtocolException violation)
        {
            if (isRead) connection.CloseForViolation(violation);
            else connection.RejectUnreadable(violation);
            return false;
        }
        catch (Exception exception)
        {
            Log.ConnectionFailed(connection.Server.Logger, exception, connection.Id);
            connection.Close(DisconnectReason.TransportError, abort: true, "Internal error.");
            return false;
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>The body, or null if it exceeds the limit; what lies behind the limit is not read.</summary>
    private async ValueTask<PooledBody?> ReadBodyAsync(HttpContext context)
    {
        if (context.Request.ContentLength > _options.MaxHttpBufferSize) return null;
        // Ours is the limit that counts; the web server's own (30 MB) may be below it, and counts the framing of chunks.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = null;
        var body = new PooledBody((int)(context.Request.ContentLength ?? PooledBody.DefaultSize), _options.MaxHttpBufferSize);
        try
        {
            while (true)
            {
                // Without the request's token: the web server ends the read itself when the client is gone, and would find it under way
                // otherwise.
                var read = await context.Request.Body.ReadAsync(body.Free, CancellationToken.None);
                if (read == 0) return body;
                body.Length += read;
                if (body.Length > _options.MaxHttpBufferSize) break;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }

        body.Dispose();
        return null;
    }

    private async Task AnswerAsync(HttpContext context, IReadOnlyList<EncodedPacket> packets)
    {
        var writer = new ArrayBufferWriter<byte>(256);
        var mayCompress = false;
        foreach (var packet in packets)
        {
            mayCompress |= _options.HttpCompression && !packet.Flags.HasFlag(PacketFlags.NoCompression);
            Append(writer, packet.First);
            foreach (var attachment in packet.Attachments) Append(writer, attachment);
        }

        var response = context.Response;
        response.ContentType = "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        var encoding = mayCompress && writer.WrittenCount >= _options.HttpCompressionThreshold ? ChooseEncoding(context.Request) : null;
        PipelineOptOut.KeepUncompressed(context);
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
