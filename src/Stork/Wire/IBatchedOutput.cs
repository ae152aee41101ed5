namespace Stork.Wire;

/// <summary>Whose output may wait for the end of an <see cref="OutputBatch"/>.</summary>
internal interface IBatchedOutput
{
    /// <summary>The batch has ended. Never throws: others have written in it as well.</summary>
    void FlushBatch();

    /// <summary>Has the processor fetch what <see cref="FlushBatch"/> will touch; see <see cref="ProcessorCache"/>.</summary>
    /// <param name="step">From 1 to <see cref="BatchFlush.Steps"/>, each some outputs ahead of the next: how far from this object the
    /// fetched ones are.</param>
    void PrefetchForFlush(int step);
}
