using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>What a scenario has to work with.</summary>
/// <param name="Directory">A directory for data, emptied between measurements.</param>
/// <param name="Peers">Who takes part; the first is what the others are compared with.</param>
/// <param name="Scale">Messages and inboxes are multiplied with this: 1 for figures, less for a look.</param>
internal sealed record BenchContext(string Directory, IReadOnlyList<Func<IQueuePeer>> Peers, double Scale)
{
    private int _places;

    public int Scaled(int count) => Math.Max(1, (int)(count * Scale));

    /// <summary>A new directory name for one measurement.</summary>
    public string NewPlace() => Path.Combine(Directory, "run-" + _places++);

    public static void Clear(string place)
    {
        if (System.IO.Directory.Exists(place)) System.IO.Directory.Delete(place, recursive: true);
    }
}
