using Stork.Wire;

namespace Stork.SocketIO.Clustering;

/// <summary>The handlers of events that other servers send to this one, in one namespace.</summary>
internal sealed class ServerEvents(Namespace nsp)
{
    private readonly Lock _gate = new();
    private Dictionary<string, Handler[]> _handlers = new(StringComparer.Ordinal);

    /// <summary>Handles an event, and gives the answer.</summary>
    public delegate Task<JsonPayload> Handler(EventArguments arguments);

    public void Add(string name, Handler handler)
    {
        lock (_gate)
        {
            var former = _handlers.GetValueOrDefault(name, []);
            // Readers hold no lock: what they have does not change.
            _handlers = new Dictionary<string, Handler[]>(_handlers, StringComparer.Ordinal) { [name] = [.. former, handler] };
        }
    }

    /// <summary>Takes over the handlers of a parent namespace, as they are now.</summary>
    public void InheritFrom(ServerEvents parent) => _handlers = Volatile.Read(ref parent._handlers);

    /// <summary>Answers with one value.</summary>
    public JsonPayload Serialize<T>(T value)
    {
        var packet = PacketBuilder.Start(0, nsp.Server.Serializer.Options);
        try
        {
            nsp.Server.Serializer.Write(packet, value);
            return JsonPayload.From(packet);
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>Runs the handlers of an event: each up to its first wait before the next, as in the original.</summary>
    /// <returns>The answer of the one that was done first, while the others go on; null without a handler, and if all have
    /// failed.</returns>
    /// <exception cref="FormatException">It is no well-formed event.</exception>
    public async Task<JsonPayload?> HandleAsync(JsonPayload @event)
    {
        @event.CheckArray(nsp.Server.Engine.Limits);
        var whole = new EventArguments(@event.Json, skipped: 0, @event.CopyAttachments(), nsp.Server.Serializer);
        var name = whole.Count > 0 && whole.GetJson(0).Span is [(byte)'"', ..]
            ? whole.Get<string>(0)!
            : throw new FormatException("An event begins with its name.");
        if (!Volatile.Read(ref _handlers).TryGetValue(name, out var handlers)) return null;
        var arguments = new EventArguments(@event.Json, skipped: 1, @event.CopyAttachments(), nsp.Server.Serializer);
        var running = handlers.Select(handler => RunAsync(handler, name, arguments)).ToList();
        while (running.Count > 0)
        {
            var done = await Task.WhenAny(running);
            running.Remove(done);
            if (await done is { } answer) return answer;
        }

        return null;
    }

    private async Task<JsonPayload?> RunAsync(Handler handler, string name, EventArguments arguments)
    {
        try
        {
            return await handler(arguments);
        }
        catch (Exception exception)
        {
            Log.ServerEventHandlerFailed(nsp.Server.Logger, exception, name, nsp.Name);
            return null;
        }
    }
}
