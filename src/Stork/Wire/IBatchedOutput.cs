namespace Stork.Wire;

/// <summary>Whose output may wait for the end of an <see cref="OutputBatch"/>.</summary>
internal interface IBatchedOutput
{
    /// <summary>The batch has ended. Never throws: others have written in it as well.</summary>
    void FlushBatch();
}
