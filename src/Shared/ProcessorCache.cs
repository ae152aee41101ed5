using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Stork.Shared;

/// <summary>
/// Tells the processor which objects will be touched soon, so that they are in its cache by then. For loops over thousands of objects, of
/// which each would be waited for otherwise: some 100 ns an object.
/// </summary>
/// <remarks>
/// It never waits, and changes nothing but speed. Where an object has to be read to find the next one, the loop goes ahead in steps: each
/// step fetches what the step behind it will read.
/// </remarks>
internal static class ProcessorCache
{
    private const int LineLength = 64;

    /// <summary>Fetches the first three lines of the object. Nothing happens for null, nor where .NET cannot do it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(T? instance)
        where T : class
    {
        if (!Sse.IsSupported) return;
        // The collector may move the object meanwhile: then a line is fetched in vain, as nothing is read through the address.
        var address = Unsafe.As<T?, nint>(ref instance);
        Sse.Prefetch0((void*)address);
        Sse.Prefetch0((void*)(address + LineLength));
        Sse.Prefetch0((void*)(address + (2 * LineLength)));
    }
}
