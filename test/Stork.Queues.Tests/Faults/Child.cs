using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Stork.Queues.Tests.Faults;

/// <summary>A process of a test, which ends with it.</summary>
internal sealed partial class Child : IDisposable
{
    public const int Sigkill = 9;
    public const int Sigcont = 18;
    public const int Sigstop = 19;

    /// <summary>What .NET reports of a process that SIGKILL ended.</summary>
    public const int Killed = 128 + Sigkill;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;

    /// <summary>Starts this assembly again, or another program next to it.</summary>
    /// <param name="arguments">For the program.</param>
    /// <param name="assembly">The program.</param>
    /// <param name="descriptors">How many file descriptors it may have; null: as many as this process.</param>
    /// <param name="environment">Set for it, besides what this process has.</param>
    public Child(
        IEnumerable<string> arguments, string assembly = "Stork.Queues.Tests.dll", int? descriptors = null,
        Dictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(descriptors is null ? "dotnet" : "/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The hard limit too, for the runtime raises the soft one to it.
        if (descriptors is { } limit)
        {
            var limited = string.Create(CultureInfo.InvariantCulture, $"ulimit -n {limit}; exec dotnet \"$@\"");
            foreach (var word in (string[])["-c", limited, "sh"]) start.ArgumentList.Add(word);
        }

        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        _process = Process.Start(start) ?? throw new InvalidOperationException("The process does not start.");
        _errors = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>How many processes a test is to kill.</summary>
    public static int Rounds(int usual)
    {
        var asked = Environment.GetEnvironmentVariable("STORK_KILL_ROUNDS");
        return int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) ? rounds : usual;
    }

    public int Id => _process.Id;

    public async Task<string?> ReadLineAsync(string what)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {what}.", late);
        }
    }

    /// <summary>The next line, which must be this one.</summary>
    public async Task ExpectAsync(string line) =>
        (await ReadLineAsync($"'{line}'")).ShouldBe(line, _process.HasExited ? await _errors : "");

    public Task SayAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    public void Signal(int signal) => Send(_process.Id, signal).ShouldBe(0, "the signal arrives");

    public void Kill() => _process.Kill();

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code, and what was written to standard error.</returns>
    public async Task<(int Code, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        return (_process.ExitCode, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Send(int process, int signal);
}
