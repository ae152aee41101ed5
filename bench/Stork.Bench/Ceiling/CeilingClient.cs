using Stork.Bench.Load;

namespace Stork.Bench.Ceiling;

/// <summary>One connection of the ceiling server: reads all that is there, answers it with one write.</summary>
internal sealed class CeilingClient(CeilingServer server, RawSocket socket) : IDisposable
{
    private const int InputBytes = 64 * 1024;

    // Shared, because the server has one thread.
    private static readonly byte[] s_input = new byte[InputBytes];
    private static readonly OutputBuffer s_output = new();

    private readonly CeilingAnswers _answers = new(server.Broadcast);
    private byte[] _partial = [];

    /// <summary>False once the client has gone.</summary>
    public bool Serve()
    {
        while (true)
        {
            var room = s_input.Length - _partial.Length;
            _partial.CopyTo(s_input);
            if (socket.Receive(s_input.AsSpan(_partial.Length)) is not { } received)
                return true;
            if (received == 0)
                return false;
            Serve(s_input.AsSpan(0, _partial.Length + received));
            if (_answers.IsOver)
                return false;
            if (received < room)
                return true;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if ((socket.Send(bytes) ?? 0) != bytes.Length)
            throw new BenchmarkException("the load side does not read");
    }

    public void Dispose() => socket.Dispose();

    private void Serve(Span<byte> bytes)
    {
        var rest = _answers.Answer(bytes, s_output);
        _partial = rest.IsEmpty ? [] : rest.ToArray();
        var answers = s_output.Take();
        if (!answers.IsEmpty)
            Send(answers);
    }
}
