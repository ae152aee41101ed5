using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>
/// Traces and meters of work queues under the name "Stork", with the names of OpenTelemetry's conventions for messaging. A job carries the
/// context of its producer (W3C <c>traceparent</c>, <c>tracestate</c>, <c>baggage</c>) in its headers.
/// </summary>
internal sealed class QueueTelemetry
{
    public const string SystemName = "stork";

    private static readonly ActivitySource Source = new(SocketIOMetrics.MeterName);

    private readonly Histogram<double> _duration;
    private readonly UpDownCounter<long> _running;

    public QueueTelemetry(IMeterFactory? factory)
    {
        var meter = factory?.Create(SocketIOMetrics.MeterName) ?? new Meter(SocketIOMetrics.MeterName);
        _duration = meter.CreateHistogram<double>(
            "messaging.process.duration", "s", "How long handlers took with a job, by queue and outcome.");
        _running = meter.CreateUpDownCounter<long>("stork.queues.handlers", "{handler}", "Handlers that run now, by queue.");
    }

    public static TraceSpan StartSend(string queue, int count)
    {
        if (!Source.HasListeners()) return default;
        var span = TraceSpan.Start(Source, $"send {LogText.Of(queue)}", ActivityKind.Producer, default);
        if (span.Activity is not { } activity) return span;
        Describe(activity, queue, "send");
        if (count != 1) activity.SetTag("messaging.batch.message_count", count);
        return span;
    }

    public static TraceSpan StartProcess(Delivery delivery)
    {
        if (!Source.HasListeners()) return default;
        var headers = delivery.Headers;
        var (traceParent, traceState) = (headers.GetValueOrDefault("traceparent"), headers.GetValueOrDefault("tracestate"));
        _ = ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent);
        var span = TraceSpan.Start(Source, $"process {LogText.Of(delivery.QueueName)}", ActivityKind.Consumer, parent);
        if (span.Activity is not { } activity) return span;
        Describe(activity, delivery.QueueName, "process");
        span.SetMessage(delivery.Id);
        activity.SetTag("messaging.message.body.size", delivery.Body.Length);
        if (delivery.Redelivered) activity.SetTag("stork.delivery_count", delivery.DeliveryCount);
        return span;
    }

    /// <summary>The headers with the current trace context, as far as it fits: a job is not refused for what was to be traced of
    /// it.</summary>
    /// <param name="headers">The application's.</param>
    /// <param name="most">How many there may be in the end.</param>
    /// <returns>All headers; null if there is nothing to add.</returns>
    public static Dictionary<string, string>? Inject(IReadOnlyDictionary<string, string>? headers, int most)
    {
        if (Activity.Current is not { } current) return null;
        var all = headers is null ? new Dictionary<string, string>(StringComparer.Ordinal) : new(headers, StringComparer.Ordinal);
        DistributedContextPropagator.Current.Inject(current, all, (_, name, value) =>
        {
            if (all.Count < most && Fits(name, Message.MaxTextBytes) && Fits(value, Message.MaxHeaderBytes)) all.TryAdd(name, value);
        });
        return all;
    }

    private static bool Fits(string text, int most) => Encoding.UTF8.GetByteCount(text) <= most;

    /// <summary>A handler begins.</summary>
    public void CountStart(string queue) => BestEffort.Add(_running, 1, DestinationOf(queue));

    /// <summary>A handler has ended, and its job is settled.</summary>
    public void CountEnd(string queue, TimeProvider time, long started, string outcome)
    {
        var name = DestinationOf(queue);
        BestEffort.Add(_running, -1, name);
        if (!_duration.Enabled) return;
        var seconds = time.GetElapsedTime(started).TotalSeconds;
        BestEffort.Record(_duration, seconds, new("messaging.system", SystemName), name, new("stork.outcome", outcome));
    }

    private static KeyValuePair<string, object?> DestinationOf(string queue) => new("messaging.destination.name", LogText.Of(queue));

    private static void Describe(Activity activity, string queue, string operation)
    {
        activity.SetTag("messaging.system", SystemName);
        activity.SetTag("messaging.destination.name", LogText.Of(queue));
        activity.SetTag("messaging.operation.name", operation);
        activity.SetTag("messaging.operation.type", operation);
    }
}
