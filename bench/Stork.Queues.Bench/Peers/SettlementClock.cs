using System.Buffers.Binary;
using System.Diagnostics;

namespace Stork.Queues.Bench.Peers;

/// <summary>Takes the time from the hand-over of messages until they are settled. Messages carry the time of their hand-over
/// in their first bytes.</summary>
/// <param name="record">Given each duration, in ticks of <see cref="Stopwatch"/>; never called by two threads at once.</param>
internal sealed class SettlementClock(Action<long> record)
{
    public const int StampBytes = 8;

    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private long _settled;

    /// <summary>Messages that may be handed over and not settled.</summary>
    public int MostUnderWay { get; init; } = int.MaxValue;

    /// <summary>Completes when so many messages more may be handed over.</summary>
    public Task WaitForRoomAsync(long handedOver, int more)
    {
        lock (_gate)
        {
            if (handedOver + more - _settled <= MostUnderWay) return Task.CompletedTask;
            return (_room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The body of messages that are handed over at this time.</summary>
    public static byte[] NewBody(long at)
    {
        var body = Workload.Body.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(body, at);
        return body;
    }

    /// <summary>For one consumer, which settles what it has been given.</summary>
    public Consumer NewConsumer() => new(this);

    internal sealed class Consumer(SettlementClock clock)
    {
        private readonly List<long> _unsettled = [];

        public void Delivered(ReadOnlySpan<byte> body) => _unsettled.Add(BinaryPrimitives.ReadInt64LittleEndian(body));

        /// <summary>All that were delivered so far are settled.</summary>
        public void Settled()
        {
            var now = Stopwatch.GetTimestamp();
            lock (clock._gate)
            {
                foreach (var at in _unsettled) clock.Record(now - at);
                clock._settled += _unsettled.Count;
                clock._room?.TrySetResult();
            }

            _unsettled.Clear();
        }
    }

    private void Record(long ticks) => record(ticks);
}
