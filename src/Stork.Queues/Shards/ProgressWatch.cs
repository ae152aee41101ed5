namespace Stork.Queues.Shards;

/// <summary>
/// Notices a shard that wants its next turn at once, again and again, and gets nothing done in any of them: an error of the engine, which
/// must neither take a processor for itself nor go unnoticed. First the turns come at a distance, then the shard gives up.
/// </summary>
internal sealed class ProgressWatch
{
    /// <summary>Turns in a row that may get nothing done before they come at a distance.</summary>
    public const int MaxAtOnce = 32;

    /// <summary>Turns in a row that get nothing done until the shard fails: 2 s and more.</summary>
    public const int MaxFruitless = 256;

    /// <summary>Milliseconds between turns that get nothing done.</summary>
    public const long Pause = 10;

    private long _done;
    private int _fruitless;

    /// <summary>Turns in a row that got nothing done although there was something to do. Any thread may ask.</summary>
    public int Fruitless => Volatile.Read(ref _fruitless);

    public bool IsStuck => Fruitless > MaxAtOnce;

    /// <param name="wait">What the shard asks for; 0: the next turn at once.</param>
    /// <param name="done">Grows with everything that gets done.</param>
    /// <param name="mayWait">What a turn waits for that cannot get on; 0: nothing that is known.</param>
    /// <returns>What to wait.</returns>
    /// <exception cref="InvalidOperationException">It will not get on any more.</exception>
    public long? Check(long? wait, long done, long mayWait)
    {
        var fruitless = wait == 0 && done == _done;
        _done = done;
        if (!fruitless || mayWait > 0)
        {
            Volatile.Write(ref _fruitless, 0);
            return fruitless ? mayWait : wait;
        }

        Volatile.Write(ref _fruitless, _fruitless + 1);
        if (_fruitless >= MaxFruitless)
            throw new InvalidOperationException(
                $"The shard has something to do and got nothing done in {MaxFruitless} turns: it does not get on.");
        return IsStuck ? Pause : 0;
    }
}
