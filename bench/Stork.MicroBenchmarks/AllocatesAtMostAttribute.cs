namespace Stork.MicroBenchmarks;

/// <summary>A benchmark whose path allocates what it has to, and no more once it is warm; a test holds it to that.</summary>
/// <param name="bytes">How much that is for each operation, on average.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllocatesAtMostAttribute(int bytes) : Attribute
{
    /// <summary>How much that is for each operation, on average.</summary>
    public int Bytes => bytes;
}
