using System.Runtime.InteropServices;

namespace Stork.EventLoops;

/// <summary>
/// A socket's descriptor, closed once nobody uses it any more: its number may be another socket's a moment later.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct LoopSocket(int descriptor)
{
    private const int Closing = 1 << 30;

    // The number of calls that are being made, and whether the last of them closes.
    private int _uses;

    /// <summary>To be called around each system call; false once the socket is being closed.</summary>
    public bool TryUse()
    {
        if ((Interlocked.Increment(ref _uses) & Closing) == 0) return true;
        Release();
        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) == Closing) CloseOnce();
    }

    /// <summary>False if it was called before.</summary>
    public bool TryClose()
    {
        int uses;
        do
        {
            uses = Volatile.Read(ref _uses);
            if ((uses & Closing) != 0) return false;
        }
        while (Interlocked.CompareExchange(ref _uses, uses | Closing, uses) != uses);

        if (uses == 0) CloseOnce();
        return true;
    }

    public readonly int Descriptor => descriptor;

    // A late TryUse may bring the count back to zero again: only the first time counts.
    private void CloseOnce()
    {
        if (Interlocked.CompareExchange(ref _uses, Closing | int.MinValue, Closing) == Closing) _ = SocketCalls.Close(descriptor);
    }
}
