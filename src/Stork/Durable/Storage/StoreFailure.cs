using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Stork.Durable.Storage;

/// <summary>What becomes of the application when its store has failed: after a failed write nothing is known until the store is opened
/// anew.</summary>
internal sealed class StoreFailure(StorageOptions options, IHostApplicationLifetime? lifetime, ILogger logger)
{
    /// <summary>EX_IOERR of sysexits.h: an input or output error.</summary>
    public const int ExitCode = 74;

    private int _handled;

    /// <summary>Called by a thread of its own, and does not throw.</summary>
    public void Handle(Exception failure)
    {
        var isFirst = Interlocked.Exchange(ref _handled, 1) == 0;
        // First, as the application may take any time over what it is told.
        if (isFirst && options.OnStoreFailure == StoreFailurePolicy.StopHost) StopHost(failure);
        if (options.Store.OnFailed is { } told) Try(() => told(failure));
    }

    private void StopHost(Exception failure)
    {
        if (lifetime is null) return;
        Environment.ExitCode = ExitCode;
        Try(() => Log.StoppingForStore(logger, failure, ExitCode));
        Try(lifetime.StopApplication);
    }

    private void Try(Action step)
    {
        try
        {
            step();
        }
#pragma warning disable CA1031 // It is the application's own code, on a thread that nobody else looks after.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.StoreFailureNotHandled(logger, failure);
        }
    }
}
