using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Stork.Queues.Shards;

/// <summary>
/// Keeps every other process out of a store's directory until it is disposed or this process ends. On Unix the directory itself is locked,
/// which nobody can delete and make anew under an open store, and its <c>LOCK</c> file, which says who has it and is all there is where
/// directories cannot be locked (NFS). On Windows the open file is the lock.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const string FileName = "LOCK";
    private const int NoEntry = 2;
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;

    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle? _directory;

    private StoreLock(SafeFileHandle file, SafeFileHandle? directory, bool isReal)
    {
        _file = file;
        _directory = directory;
        IsReal = isReal;
    }

    /// <summary>False where the file system has no locks: then nobody is kept out.</summary>
    public bool IsReal { get; }

    /// <param name="path">The directory.</param>
    /// <param name="orWithout">Whether to go on where the file system has no locks.</param>
    /// <exception cref="QueueException">Another process has it, nothing can be written there, or it cannot be locked.</exception>
    public static StoreLock Acquire(string path, bool orWithout)
    {
        var name = Path.Combine(path, FileName);
        try
        {
            var held = OperatingSystem.IsWindows()
                // Windows locks what is read as well, and a process that is refused wants to read who has it.
                ? new StoreLock(File.OpenHandle(name, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), null, isReal: true)
                : AcquireOnUnix(path, name, orWithout);
            held.WriteHolder();
            return held;
        }
        catch (IOException failure) when (OperatingSystem.IsWindows() && failure.HResult == unchecked((int)0x80070020))
        {
            throw Locked(path, name);
        }
        catch (IOException failure) when (failure is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new QueueException(QueueErrorCode.StoreFailed, $"'{path}' cannot be written: {failure.Message}", failure);
        }
    }

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows())
        {
            NativeLock.Release(_file);
            NativeLock.Release(_directory!);
        }

        _file.Dispose();
        _directory?.Dispose();
    }

    private static StoreLock AcquireOnUnix(string path, string name, bool orWithout)
    {
        var directory = NativeSync.OpenDirectory(path);
        SafeFileHandle? file = null;
        try
        {
            if (NativeLock.TryTake(directory!, out _) == LockOutcome.Taken) throw Locked(path, name);
            file = OpenFile(name);
            var outcome = NativeLock.TryTake(file, out var error);
            if (outcome == LockOutcome.Taken) throw Locked(path, name);
            if (outcome == LockOutcome.Impossible && !orWithout)
                throw new QueueException(
                    QueueErrorCode.Locked,
                    $"'{name}' cannot be locked: {error}. Two processes that open one store destroy it. Use a file system with locks, "
                    + $"or set {nameof(QueueStoreOptions)}.{nameof(QueueStoreOptions.AllowUnlocked)} "
                    + "and see to it yourself that there is only one.");
            return new StoreLock(file, directory, outcome == LockOutcome.Locked);
        }
        catch
        {
            NativeLock.Release(directory!);
            file?.Dispose();
            directory?.Dispose();
            throw;
        }
    }

    /// <summary>Without .NET, whose handles want a lock of their own.</summary>
    private static SafeFileHandle OpenFile(string name)
    {
        for (var tries = 0; ; tries++)
        {
            var descriptor = LibC.Open(name, LibC.ReadWrite | LibC.CloseOnExec);
            if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
            var error = Marshal.GetLastPInvokeError();
            if (error == NoEntry && tries == 0)
            {
                Create(name);
                continue;
            }

            var message = $"{Marshal.GetPInvokeErrorMessage(error)} : '{name}'";
            throw error is NotPermitted or AccessDenied ? new UnauthorizedAccessException(message) : new IOException(message);
        }
    }

    private static void Create(string name)
    {
        try
        {
            using var disk = new FileDiskFile(name, FileMode.CreateNew);
        }
        catch (IOException) when (File.Exists(name))
        {
            // Somebody else was quicker; who gets the lock is open.
        }
    }

    /// <summary>It helps whoever is refused, and no more than that: a full disk may keep it back.</summary>
    private void WriteHolder()
    {
        try
        {
            RandomAccess.SetLength(_file, 0);
            RandomAccess.Write(
                _file,
                Encoding.UTF8.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}\n")),
                0);
        }
        catch (IOException)
        {
            // See above.
        }
    }

    private static QueueException Locked(string path, string name) =>
        new(QueueErrorCode.Locked, $"'{path}' is open already, by {Holder(name)}.");

    /// <summary>
    /// Who has the lock, from the lock's own file. On Unix it is opened without .NET, whose handles would want a lock themselves.
    /// </summary>
    private static string Holder(string name)
    {
        const string Unknown = "another process";
        try
        {
            using var file = OperatingSystem.IsWindows()
                ? File.OpenHandle(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
                : new SafeFileHandle(LibC.Open(name, LibC.CloseOnExec), ownsHandle: true);
            if (file.IsInvalid) return Unknown;
            var text = new byte[512];
            var length = RandomAccess.Read(file, text, 0);
            return length == 0 ? Unknown : Encoding.UTF8.GetString(text, 0, length).TrimEnd();
        }
        catch (IOException)
        {
            return Unknown;
        }
    }
}
