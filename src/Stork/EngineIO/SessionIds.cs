using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Stork.EngineIO;

/// <summary>The ids of new sessions: random ones, or those that the application makes.</summary>
/// <param name="generate">What the application makes them with; null: nothing.</param>
/// <param name="isTaken">Whether a session has that id.</param>
/// <param name="logger">Where it is told what is wrong with those of the application.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionIds(Func<HttpContext, string>? generate, Func<string, bool> isTaken, ILogger logger, TimeProvider time)
{
    private const int LongestId = 128;

    /// <summary>What needs no escapes in a URL.</summary>
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    private readonly Notices _faults = new(time);

    /// <summary>An id for the session that the request opens; null if the application gives none that is fit for one.</summary>
    public string? Next(HttpContext context)
    {
        if (generate is null) return SessionId.Create();
        string? id;
        try
        {
            id = generate(context);
        }
        catch (Exception exception)
        {
            ReportFault("failed", exception);
            return null;
        }

        if (id is not { Length: > 0 and <= LongestId } || id.AsSpan().ContainsAnyExcept(Characters))
            ReportFault("gave what is no id for a session");
        else if (isTaken(id))
            ReportFault("gave an id that another session has");
        else return id;
        return null;
    }

    private void ReportFault(string fault, Exception? exception = null)
    {
        if (_faults.IsNew(fault, exception?.GetType().Name ?? "")) Log.NoSessionId(logger, exception, fault);
    }
}
