using System.Runtime.InteropServices;

namespace Stork.EventLoops;

/// <summary>The system calls of an event loop. Linux only; values are those of x64 and arm64.</summary>
internal static unsafe partial class SocketCalls
{
    public const int EpollAdd = 1;

    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Failed = 0x008;
    public const uint HungUp = 0x010;
    public const uint PeerShutDown = 0x2000;
    public const uint EdgeTriggered = 1u << 31;

    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoMemory = 12;
    public const int TooManyFilesOfSystem = 23;
    public const int TooManyFiles = 24;
    public const int BrokenPipe = 32;
    public const int NoBuffers = 105;

    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    /// <summary>The longest socket address here: that of IPv6.</summary>
    public const int MaxAddressLength = 28;

    private const nuint CountReadable = 0x541B;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int MoreFollows = 0x8000;
    private const int Output = 1;
    private const int BothDirections = 2;

    /// <summary>Takes what has arrived, without waiting; the error is <see cref="Marshal.GetLastPInvokeError"/>.</summary>
    public static int Receive(int descriptor, Span<byte> buffer)
    {
        fixed (byte* pointer = buffer) return (int)Receive(descriptor, pointer, (nuint)buffer.Length, DoNotWait);
    }

    /// <summary>Whether bytes wait to be received; false at the end of the connection, and if there are none yet.</summary>
    public static bool HasBytes(int descriptor)
    {
        // Receiving with MSG_PEEK would take away the error of a connection that broke.
        var count = 0;
        return Control(descriptor, CountReadable, &count) == 0 && count > 0;
    }

    /// <summary>Hands over as much as there is room for, without waiting.</summary>
    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes) return (int)Send(descriptor, pointer, (nuint)bytes.Length, DoNotWait | NoSignal);
    }

    /// <summary>As <see cref="Send(int, ReadOnlySpan{byte})"/>, but the last of it waits for <see cref="ShutDownOutput"/>.</summary>
    public static int SendBeforeEnd(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            return (int)Send(descriptor, pointer, (nuint)bytes.Length, DoNotWait | NoSignal | MoreFollows);
    }

    /// <summary>Tells the peer that nothing more comes; in one segment with the rest of what was sent.</summary>
    public static void ShutDownOutput(int descriptor) => _ = ShutDown(descriptor, Output);

    /// <summary>Cuts a connection: what is on its way is dropped, the peer sees a reset, and whoever waits for it here is woken.</summary>
    public static void Disconnect(int descriptor)
    {
        // Connecting to an address without a family dissolves the association (connect(2)). The family is the first field.
        var unspecified = stackalloc byte[16];
        new Span<byte>(unspecified, 16).Clear();
        // Systems that imitate Linux may not know it; the connection ends there as any other.
        if (Connect(descriptor, unspecified, 16) < 0) _ = ShutDown(descriptor, BothDirections);
    }

    [LibraryImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CreateEpoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ControlEpoll(int epoll, int operation, int descriptor, byte* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int WaitForEpoll(int epoll, byte* events, int capacity, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Write(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Accept(int listener, byte* address, int* addressLength, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int GetLocalAddress(int descriptor, byte* address, int* addressLength);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int descriptor, nuint request, int* value);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ShutDown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "connect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Connect(int descriptor, byte* address, int addressLength);
}
