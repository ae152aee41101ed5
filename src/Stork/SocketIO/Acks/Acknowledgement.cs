using Stork.SocketIO.Acks;
using Stork.SocketIO.Events;
using Stork.Wire;

namespace Stork;

/// <summary>
/// The client's callback of one event. A handler that takes it as a parameter answers when and with what it wants; a handler without it
/// answers by returning. Only the first answer is sent, later ones are ignored, as in the original.
/// </summary>
public sealed class Acknowledgement
{
    private readonly Socket? _socket;
    private readonly long _id;
    private int _sent;

    internal Acknowledgement(Socket? socket, long id, IAnswerCollector? collector = null)
    {
        _socket = socket;
        _id = id;
        Collector = collector;
    }

    /// <summary>False if the client did not ask for an answer; sending one then does nothing.</summary>
    public bool IsRequested => _socket is not null && _id >= 0;

    /// <summary>Whether an answer was given.</summary>
    internal bool IsSent => Volatile.Read(ref _sent) != 0;

    /// <summary>Where the answer goes instead of to the client; null for nearly all events.</summary>
    internal IAnswerCollector? Collector { get; }

    /// <summary>Answers without arguments.</summary>
    public ValueTask SendAsync() => Send(default(NoArguments));

    /// <summary>Answers with one argument.</summary>
    public ValueTask SendAsync<T>(T argument) => Send(new Arguments<T>(argument));

    /// <summary>Answers with two arguments.</summary>
    public ValueTask SendAsync<T1, T2>(T1 first, T2 second) => Send(new Arguments<T1, T2>(first, second));

    /// <summary>Answers with three arguments.</summary>
    public ValueTask SendAsync<T1, T2, T3>(T1 first, T2 second, T3 third) => Send(new Arguments<T1, T2, T3>(first, second, third));

    /// <summary>Answers with received arguments, unchanged.</summary>
    public ValueTask SendAsync(EventArguments arguments) => Send(new ReceivedArguments(arguments));

    internal ValueTask Send<TArguments>(TArguments arguments)
        where TArguments : IEventArguments
    {
        if (!IsRequested || Interlocked.Exchange(ref _sent, 1) != 0) return ValueTask.CompletedTask;
        try
        {
            if (Collector is null) return _socket!.Output.SendAck(_id, arguments);
            Collect(Collector, arguments);
            return ValueTask.CompletedTask;
        }
        catch
        {
            // Arguments that cannot be serialized were not sent; an error still can be.
            Volatile.Write(ref _sent, 0);
            throw;
        }
    }

    private void Collect<TArguments>(IAnswerCollector collector, TArguments arguments)
        where TArguments : IEventArguments
    {
        var packet = Emitter.BuildArray(_socket!.Server.Serializer, namespaceLength: 0, name: null, arguments);
        try
        {
            collector.Collect(packet);
        }
        finally
        {
            packet.Release();
        }
    }
}
