using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Stork.Bench.Ceiling;
using Stork.Bench.Load;

namespace Stork.Kestrel.Peer;

/// <summary>The level of the connection handler: the bytes of a connection, no HTTP.</summary>
internal sealed class ConnectionLevel
{
    private const int InputBytes = 64 * 1024;

    [ThreadStatic]
    private static byte[]? t_input;

    [ThreadStatic]
    private static OutputBuffer? t_output;

    private readonly Audience _audience = new();

    public async Task ServeAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var answers = new CeilingAnswers(_audience.Broadcast);
        Func<ReadOnlyMemory<byte>, ValueTask> send = async bytes => await output.WriteAsync(bytes);
        _audience.Add(send);
        try
        {
            while (!answers.IsOver)
            {
                var received = await input.ReadAsync();
                var consumed = Answer(answers, received.Buffer, output);
                input.AdvanceTo(received.Buffer.GetPosition(consumed), received.Buffer.End);
                if (received.IsCompleted)
                    return;
                await output.FlushAsync();
            }
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

    // What a client sends at once fits into one buffer by far; there it can be unmasked.
    private static int Answer(CeilingAnswers answers, ReadOnlySequence<byte> received, IBufferWriter<byte> writer)
    {
        var input = t_input ??= new byte[InputBytes];
        var output = t_output ??= new OutputBuffer();
        var length = (int)received.Length;
        received.CopyTo(input);
        var rest = answers.Answer(input.AsSpan(0, length), output);
        writer.Write(output.Take());
        return length - rest.Length;
    }
}
