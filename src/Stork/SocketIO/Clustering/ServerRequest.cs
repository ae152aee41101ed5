namespace Stork.SocketIO.Clustering;

/// <summary>A request that each server answers once; it ends when all have, or are known to have gone, or when its time is over.</summary>
/// <typeparam name="TMessage">The messages that answer it.</typeparam>
internal sealed class ServerRequest<TMessage>(AwaitedServers servers) : PendingRequest
    where TMessage : ClusterMessage
{
    private readonly Lock _gate = new();
    private readonly List<TMessage> _answers = [];
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isOver;

    /// <summary>Completes when no more answers are awaited; nothing changes afterwards.</summary>
    public Task Completion => _completion.Task;

    /// <summary>In the order they came.</summary>
    public IReadOnlyList<TMessage> Answers => _answers;

    public AwaitedServers Servers => servers;

    public override void OnAnswer(ClusterMessage message)
    {
        lock (_gate)
        {
            if (_isOver || message is not TMessage answer || !servers.Hear(answer.ServerId)) return;
            _answers.Add(answer);
            if (!servers.IsComplete) return;
            _isOver = true;
        }

        _completion.TrySetResult();
    }

    public override void Lose(string serverId)
    {
        lock (_gate)
        {
            if (_isOver || !servers.IsSilent(serverId)) return;
            servers.Lose(serverId);
            if (!servers.IsComplete) return;
            _isOver = true;
        }

        _completion.TrySetResult();
    }

    public override void End()
    {
        lock (_gate) _isOver = true;
        _completion.TrySetResult();
    }

    internal override void OnDue() => End();
}
