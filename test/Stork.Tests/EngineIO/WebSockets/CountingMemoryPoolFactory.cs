using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Gives the server its buffers and knows how many it holds.</summary>
internal sealed class CountingMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    private readonly Lock _lock = new();
    private readonly List<(Func<int, bool> Condition, TaskCompletionSource Reached)> _waiters = [];
    private int _held;
    private int _most;

    /// <summary>How many were held at once.</summary>
    public int Most
    {
        get
        {
            lock (_lock)
                return _most;
        }
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool(this);

    public Task UntilHeld(Func<int, bool> condition, string awaited)
    {
        lock (_lock)
        {
            if (condition(_held))
                return Task.CompletedTask;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((condition, reached));
            return reached.Task.Within(awaited);
        }
    }

    private void Change(int by)
    {
        lock (_lock)
        {
            _held += by;
            _most = Math.Max(_most, _held);
            foreach (var (condition, reached) in _waiters)
            {
                if (condition(_held))
                    reached.TrySetResult();
            }
        }
    }

    private sealed class Pool(CountingMemoryPoolFactory owner) : MemoryPool<byte>
    {
        public override int MaxBufferSize => 4096;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            owner.Change(1);
            return new Block(owner);
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private sealed class Block(CountingMemoryPoolFactory owner) : IMemoryOwner<byte>
    {
        private CountingMemoryPoolFactory? _owner = owner;

        public Memory<byte> Memory { get; } = new byte[4096];

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Change(-1);
    }
}
