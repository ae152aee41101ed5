using System.Threading.Channels;

namespace Stork.Adapter.Tests;

/// <summary>A bus within the process: each subscriber has a queue and a loop of its own, so that messages come on other threads and keep
/// their order.</summary>
internal sealed class Bus
{
    private readonly Lock _gate = new();
    private readonly List<Subscriber> _subscribers = [];
    private int _underway;

    /// <summary>Whether every message that was sent has been handled.</summary>
    public bool IsQuiet => Volatile.Read(ref _underway) == 0;

    /// <summary>Whether a message of one server reaches another; all do unless a test says otherwise.</summary>
    public Func<string, string, byte[], bool> Passes { get; set; } = static (_, _, _) => true;

    /// <summary>Messages that come twice.</summary>
    public Func<byte[], bool> ComesTwice { get; set; } = static _ => false;

    /// <summary>What a message waits for, on its way to one server, and all behind it.</summary>
    public Func<string, byte[], Task> Delay { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Subscribers, by namespace and server.</summary>
    public IReadOnlyList<(string Namespace, string ServerId)> Subscribers
    {
        get
        {
            lock (_gate) return [.. _subscribers.Select(subscriber => (subscriber.Namespace, subscriber.ServerId))];
        }
    }

    public IAsyncDisposable Subscribe(string nsp, string serverId, Action<byte[]> receive)
    {
        var subscriber = new Subscriber(this, nsp, serverId, receive);
        lock (_gate) _subscribers.Add(subscriber);
        return subscriber;
    }

    /// <param name="nsp">The namespace.</param>
    /// <param name="from">The server that sends; empty for a foreign process.</param>
    /// <param name="to">One server; null for all, the sender's own subscription included.</param>
    /// <param name="message">The bytes.</param>
    public void Publish(string nsp, string from, string? to, byte[] message)
    {
        lock (_gate)
        {
            foreach (var subscriber in _subscribers)
            {
                if (subscriber.Namespace != nsp || (to is not null && subscriber.ServerId != to)) continue;
                if (!Passes(from, subscriber.ServerId, message)) continue;
                subscriber.Enqueue(message);
                if (ComesTwice(message)) subscriber.Enqueue(message);
            }
        }
    }

    /// <summary>Nothing comes from a server any more, nor to it, as if its machine had lost the network.</summary>
    public void CutOff(string serverId)
    {
        var before = Passes;
        Passes = (from, to, message) => from != serverId && to != serverId && before(from, to, message);
    }

    private sealed class Subscriber : IAsyncDisposable
    {
        private readonly Bus _bus;
        private readonly Channel<byte[]> _queue = Channel.CreateUnbounded<byte[]>();
        private readonly Task _loop;

        public Subscriber(Bus bus, string nsp, string serverId, Action<byte[]> receive)
        {
            _bus = bus;
            Namespace = nsp;
            ServerId = serverId;
            _loop = Task.Run(() => RunAsync(receive));
        }

        public string Namespace { get; }

        public string ServerId { get; }

        public void Enqueue(byte[] message)
        {
            Interlocked.Increment(ref _bus._underway);
            if (!_queue.Writer.TryWrite(message)) Interlocked.Decrement(ref _bus._underway);
        }

        public async ValueTask DisposeAsync()
        {
            lock (_bus._gate) _bus._subscribers.Remove(this);
            _queue.Writer.TryComplete();
            await _loop;
        }

        // Whatever the adapter threw would end the loop, and with it every test that sends on.
        private async Task RunAsync(Action<byte[]> receive)
        {
            await foreach (var message in _queue.Reader.ReadAllAsync())
            {
                await _bus.Delay(ServerId, message);
                receive(message);
                Interlocked.Decrement(ref _bus._underway);
            }
        }
    }
}
