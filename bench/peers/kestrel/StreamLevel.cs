using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Stork.Bench.Ceiling;
using Stork.Bench.Load;

namespace Stork.Kestrel.Peer;

/// <summary>The level of a request that was upgraded: a stream with WebSocket frames, none of ASP.NET Core's own WebSockets.</summary>
internal sealed class StreamLevel : IHttpApplication<IFeatureCollection>
{
    private const int InputBytes = 64 * 1024;

    [ThreadStatic]
    private static OutputBuffer? t_output;

    private readonly Audience _audience = new();

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var headers = context.GetRequiredFeature<IHttpResponseFeature>().Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = UpgradeRequest.Accept;
        await using var stream = await context.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();

        Func<ReadOnlyMemory<byte>, ValueTask> send = bytes => stream.WriteAsync(bytes);
        _audience.Add(send);
        try
        {
            await ServeAsync(stream);
        }
        catch (ConnectionResetException)
        {
            // So a run ends.
        }
        finally
        {
            _audience.Remove(send);
        }
    }

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    private async Task ServeAsync(Stream stream)
    {
        var answers = new CeilingAnswers(_audience.Broadcast);
        await stream.WriteAsync(Open(answers));
        var rest = Array.Empty<byte>();
        while (!answers.IsOver)
        {
            // Waits without a buffer: idle connections need none.
            _ = await stream.ReadAsync(Memory<byte>.Empty);
            var input = ArrayPool<byte>.Shared.Rent(InputBytes);
            rest.CopyTo(input, 0);
            var received = await stream.ReadAsync(input.AsMemory(rest.Length));
            if (received == 0)
                return;
            await stream.WriteAsync(Answer(answers, input.AsSpan(0, rest.Length + received), ref rest));
            ArrayPool<byte>.Shared.Return(input);
        }
    }

    private static ReadOnlyMemory<byte> Open(CeilingAnswers answers)
    {
        var output = t_output ??= new OutputBuffer();
        answers.Open(output);
        return output.TakeMemory();
    }

    // Kestrel copies what is written before anything else comes onto this thread, so all connections of a thread can share a buffer.
    private static ReadOnlyMemory<byte> Answer(CeilingAnswers answers, Span<byte> input, ref byte[] rest)
    {
        var output = t_output ??= new OutputBuffer();
        var left = answers.Answer(input, output);
        rest = left.IsEmpty ? [] : left.ToArray();
        return output.TakeMemory();
    }
}
