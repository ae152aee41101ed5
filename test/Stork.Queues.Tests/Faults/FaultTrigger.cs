using System.Runtime.InteropServices;

namespace Stork.Queues.Tests.Faults;

/// <summary>Kills its own process when a point is met for the n-th time.</summary>
internal sealed partial class FaultTrigger(FaultPoint point, int hit)
{
    private const int Sigkill = 9;

    private int _left = hit;

    public bool Wants(FaultPoint met) => met == point;

    public void Meet(FaultPoint met)
    {
        if (met == point && Interlocked.Decrement(ref _left) == 0) Kill();
    }

    /// <summary>Whether the n-th time is now; the caller does something by halves and then calls <see cref="Kill"/>.</summary>
    public bool IsNow(FaultPoint met) => met == point && Interlocked.Decrement(ref _left) == 0;

    public static void Kill()
    {
        _ = Send(Environment.ProcessId, Sigkill);
        throw new InvalidOperationException("A process survived its own SIGKILL.");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int process, int signal);
}
