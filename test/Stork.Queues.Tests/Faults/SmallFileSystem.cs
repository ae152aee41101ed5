using System.Diagnostics;

namespace Stork.Queues.Tests.Faults;

/// <summary>A file system of a few megabytes in memory, mounted for one test.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private const int Megabytes = 4;

    private bool _mounted;

    public SmallFileSystem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux, to mount a small file system");
        Directory.CreateDirectory(Root);
        var (code, errors) = Run("mount", "-t", "tmpfs", "-o", $"size={Megabytes}m", "stork-test", Root);
        _mounted = code == 0;
        if (!_mounted) Dispose();
        Assert.SkipUnless(_mounted, $"needs the right to mount a small file system: {errors}");
    }

    public string Root { get; } = Path.Combine(Path.GetTempPath(), "stork-mount-" + Guid.NewGuid().ToString("N"));

    public string Data => Path.Combine(Root, "data");

    /// <summary>From now on nothing can be written. Files that are open for writing would keep it from happening.</summary>
    public void MakeReadOnly()
    {
        var (code, errors) = Run("mount", "-o", "remount,ro", Root);
        code.ShouldBe(0, errors);
    }

    public void Dispose()
    {
        if (_mounted) Run("umount", "-l", Root);
        _mounted = false;
        if (Directory.Exists(Root)) Directory.Delete(Root, recursive: true);
    }

    private static (int Code, string Errors) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors.Trim());
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (-1, missing.Message);
        }
    }
}
