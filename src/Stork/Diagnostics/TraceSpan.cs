using System.Diagnostics;
using System.Runtime.InteropServices;
using Stork.Queues;

namespace Stork.Diagnostics;

/// <summary>
/// A span of a trace, if anybody listens. Listeners are the application's: what they throw when a span begins or ends concerns nobody else.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct TraceSpan : IDisposable
{
    private readonly Activity? _activity;
    private readonly Activity? _before;

    private TraceSpan(Activity? activity, Activity? before) => (_activity, _before) = (activity, before);

    public Activity? Activity => _activity;

    public static TraceSpan Start(ActivitySource source, string name, ActivityKind kind, ActivityContext parent)
    {
        var before = System.Diagnostics.Activity.Current;
        try
        {
            return new TraceSpan(source.StartActivity(name, kind, parent), before);
        }
#pragma warning disable CA1031 // There is no trace then, and everything goes on; below likewise.
        catch (Exception)
        {
            System.Diagnostics.Activity.Current = before;
            return default;
        }
    }

    public void SetMessage(Guid id) => _activity?.SetTag("messaging.message.id", id.ToString());

    public void SetError(Exception failure)
    {
        if (_activity is null) return;
        _activity.SetTag("error.type", failure is QueueException known ? known.Code.ToString() : failure.GetType().FullName);
        _activity.SetStatus(ActivityStatusCode.Error, LogText.Of(ExceptionText.MessageOf(failure)));
    }

    public void Dispose()
    {
        if (_activity is null) return;
        try
        {
            _activity.Dispose();
        }
        catch (Exception)
        {
            System.Diagnostics.Activity.Current = _before;
        }
    }
#pragma warning restore CA1031
}
