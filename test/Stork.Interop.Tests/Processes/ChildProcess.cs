using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Stork.Interop.Tests.Processes;

/// <summary>
/// A program that a test runs. It speaks in lines of JSON on its standard output, <c>{"report": name, …}</c>,
/// or in any lines if it is said to be talkative, and ends with 0 when all went as it should;
/// what it prints besides is shown when it fails.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _description;
    private readonly Channel<JsonElement> _reports = Channel.CreateUnbounded<JsonElement>();
    private readonly StringBuilder _transcript = new();
    private readonly bool _isTalkative;
    private readonly Task _reading;
    private bool _isDisposed;

    private ChildProcess(Process process, string description, bool isTalkative)
    {
        _process = process;
        _description = description;
        _isTalkative = isTalkative;
        _reading = Task.WhenAll(ReadReportsAsync(), ReadErrorsAsync());
    }

    /// <param name="description">What it is called when it fails.</param>
    /// <param name="program">The executable.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Where it runs; null: where the tests are.</param>
    /// <param name="isTalkative">Whether each of its lines counts; see <see cref="NextLineAsync"/>.</param>
    public static ChildProcess Start(
        string description, string program, IEnumerable<string> arguments, string? directory = null, bool isTalkative = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory ?? AppContext.BaseDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A .NET program that is killed would leave the sockets of its diagnostics in the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return new ChildProcess(Process.Start(start)!, description, isTalkative);
    }

    /// <summary>Tells it something, as a line on its standard input.</summary>
    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Stops it where it is, until <see cref="ContinueAsync"/>: it does not even notice.</summary>
    public Task StopAsync() => SignalAsync("-STOP");

    public Task ContinueAsync() => SignalAsync("-CONT");

    /// <summary>SIGTERM: asks it to end in order.</summary>
    public Task AskToEndAsync() => SignalAsync("-TERM");

    /// <summary>Waits for an end of whatever kind.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Within(() => $"{_description} to end{Transcript()}");
        return _process.ExitCode;
    }

    /// <summary>Whether it still runs.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>All reports that are not taken otherwise.</summary>
    public IAsyncEnumerable<JsonElement> Reports => _reports.Reader.ReadAllAsync();

    /// <summary>The next report, which has to be the named one.</summary>
    public Task<JsonElement> NextAsync(string report) => NextOfAsync(report);

    /// <summary>The next report, which has to be one of the named ones.</summary>
    public async Task<JsonElement> NextOfAsync(params string[] expected)
    {
        var next = await ReadAsync($"report \"{string.Join("\" or \"", expected)}\"");
        expected.ShouldContain(next.GetProperty("report").GetString()!, Transcript());
        return next;
    }

    /// <summary>The next line of a talkative program.</summary>
    /// <param name="expected">What it is expected to say, for the sentence when it says nothing.</param>
    public async Task<string> NextLineAsync(string expected) => (await ReadAsync($"say \"{expected}\"")).GetString()!;

    /// <summary>Says that no more will be told; the program ends by that.</summary>
    public void HangUp() => _process.StandardInput.Close();

    /// <summary>Waits for the end, which has to be a good one.</summary>
    /// <returns>The reports that were not asked for.</returns>
    public async Task<IReadOnlyList<JsonElement>> CompleteAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).Within(() => $"{_description} to end{Transcript()}");
        await _reading.Within(() => $"the output of {_description} to end");
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"{_description} failed with exit code {_process.ExitCode}{Transcript()}");
        var rest = new List<JsonElement>();
        while (_reports.Reader.TryRead(out var report)) rest.Add(report);
        return rest;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (IsRunning) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _reading;
        _process.Dispose();
    }

    private async Task<JsonElement> ReadAsync(string awaited)
    {
        try
        {
            var reading = _reports.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask();
            return await reading.Within(() => $"{_description} to {awaited}{Transcript()}");
        }
        catch (ChannelClosedException closed)
        {
            throw new InvalidOperationException($"{_description} was to {awaited}, and ended{Transcript()}", closed);
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync().Within($"{_description} to get {signal}");
        kill.ExitCode.ShouldBe(0, $"{_description} gets {signal}{Transcript()}");
    }

    private async Task ReadReportsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Note(line);
            if (_isTalkative) _reports.Writer.TryWrite(JsonSerializer.SerializeToElement(line));
            else if (line.StartsWith("{\"report\":", StringComparison.Ordinal)) _reports.Writer.TryWrite(JsonElement.Parse(line));
        }

        _reports.Writer.Complete();
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line) Note(line);
    }

    private void Note(string line)
    {
        lock (_transcript) _transcript.Append("\n  | ").Append(line);
    }

    private string Transcript()
    {
        lock (_transcript) return _transcript.Length == 0 ? " (it printed nothing)" : $"; it printed:{_transcript}";
    }
}
