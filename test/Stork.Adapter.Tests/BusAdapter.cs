namespace Stork.Adapter.Tests;

/// <summary>An adapter as an application would write it, from the public surface alone: it is nothing but its bus and its format.</summary>
internal sealed class BusAdapter(Namespace nsp, Bus bus, ClusterAdapterOptions options) : ClusterAdapter(nsp, options)
{
    private IAsyncDisposable? _subscription;

    /// <summary>Runs before the bus is opened.</summary>
    public Func<CancellationToken, Task> Opening { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs before a message is published.</summary>
    public Func<ClusterMessage, Task> Publishing { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Runs before servers are counted, where they send no heartbeats.</summary>
    public Func<Task> Counting { get; set; } = static () => Task.CompletedTask;

    /// <summary>Whether answers do not say who answers, as in the oldest of the official formats.</summary>
    public bool IsNameless { get; set; }

    /// <summary>How often the bus was closed.</summary>
    public int Closings { get; private set; }

    /// <summary>What the bus says of the number of servers where they send no heartbeats.</summary>
    public override async ValueTask<int> GetServerCountAsync(CancellationToken cancellationToken)
    {
        if (Options.Heartbeats) return await base.GetServerCountAsync(cancellationToken);
        await Counting();
        return bus.Subscribers.Count(subscriber => subscriber.Namespace == Namespace.Name);
    }

    protected override async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        await Opening(cancellationToken);
        _subscription = bus.Subscribe(Namespace.Name, ServerId, bytes => Receive(bytes, BusFormat.Read));
    }

    protected override async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        Closings++;
        await _subscription!.DisposeAsync();
    }

    protected override ValueTask PublishAsync(ClusterMessage message) => SendAsync(null, message);

    protected override ValueTask RespondAsync(string serverId, ClusterMessage response) =>
        SendAsync(serverId, IsNameless ? response with { ServerId = "" } : response);

    private ValueTask SendAsync(string? to, ClusterMessage message)
    {
        var bytes = BusFormat.Write(message);
        var publishing = Publishing(message);
        if (publishing.IsCompletedSuccessfully)
        {
            bus.Publish(Namespace.Name, ServerId, to, bytes);
            return ValueTask.CompletedTask;
        }

        return new ValueTask(SendLaterAsync());

        async Task SendLaterAsync()
        {
            await publishing;
            bus.Publish(Namespace.Name, ServerId, to, bytes);
        }
    }
}
