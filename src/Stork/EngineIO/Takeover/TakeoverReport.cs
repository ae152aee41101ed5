using Microsoft.Extensions.Logging;

namespace Stork.EngineIO.Takeover;

/// <summary>Tells once of each way in which connections are served: only connections show which one it is.</summary>
internal sealed class TakeoverReport(ILogger logger)
{
    private int _told;

    public void Report(TakeoverOutcome outcome)
    {
        var bit = 1 << (int)outcome;
        if ((_told & bit) != 0 || (Interlocked.Or(ref _told, bit) & bit) != 0) return;
        if (outcome == TakeoverOutcome.TakenOver) Log.TakenOver(logger);
        else Log.NotTakenOver(logger, Describe(outcome));
    }

    private static string Describe(TakeoverOutcome outcome) => outcome switch
    {
        TakeoverOutcome.SwitchedOff => "TakeOverConnections is false",
        TakeoverOutcome.Shared => "HTTP/2 and HTTP/3 share a connection among requests",
        TakeoverOutcome.BytesHandledAbove => "TLS or a middleware handles its bytes in between",
        _ => "the web server is not Kestrel, or the application has set ConfigureEndpointDefaults",
    };
}
