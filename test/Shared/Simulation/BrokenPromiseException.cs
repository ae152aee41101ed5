namespace Stork.Simulation;

/// <summary>A checker of a simulated world found a broken promise.</summary>
public sealed class BrokenPromiseException(string promise) : Exception(promise)
{
    internal static void ThrowUnless(bool isKept, string promise)
    {
        if (!isKept) throw new BrokenPromiseException(promise);
    }
}
