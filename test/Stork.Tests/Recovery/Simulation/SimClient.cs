using System.Text;
using System.Text.Json;
using Stork.Recovery;
using Stork.Wire;

namespace Stork.Tests.Recovery.Simulation;

/// <summary>A client, and what the world knows of it: where it is, what was meant for it, and how much of that it has.</summary>
internal sealed class SimClient(string pid, string nsp)
{
    public string Pid => pid;

    public UInt128 Key { get; } = SessionKey.Of(pid);

    public string Namespace => nsp;

    /// <summary>The last argument of the last event it got.</summary>
    public byte[]? Offset { get; private set; }

    public SimConnection? Connection { get; set; }

    public HashSet<string> Rooms { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> Data { get; } = new(StringComparer.Ordinal);

    /// <summary>What was emitted for it and has not arrived, in its order. Of what was uncertain when the process ended,
    /// nobody knows whether it is kept.</summary>
    public List<SimEvent> Expected { get; } = [];

    /// <summary>The process ended while something of it was being written.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>Nobody has promised that it recovers.</summary>
    public bool MayLose { get; set; }

    /// <summary>When it was first left out of an event since it got one.
    /// Once that is forgotten, the log cannot tell any more that nothing is missing.</summary>
    public TimeSpan? LeftOutAt { get; set; }

    /// <summary>When its connection was last known to be good, in the time in which servers ran.</summary>
    public TimeSpan AliveAt { get; set; }

    /// <summary>An event arrives: the next one, and nothing twice. What one client has seen must not be lost to the others.</summary>
    public void Receive(EncodedPacket packet)
    {
        var id = Read(packet);
        while (Expected.Count > 0 && Expected[0].Id != id && !Expected[0].IsCertain) Expected.RemoveAt(0);
        BrokenPromiseException.ThrowUnless(
            Expected.Count > 0 && Expected[0].Id == id, $"event {id} came twice, out of order or to the wrong client");
        Expected[0].IsCertain = true;
        LeftOutAt = null;
        Expected.RemoveAt(0);
    }

    /// <summary>Whether all that was missed is there, without taking it.</summary>
    public void CheckMissed(IReadOnlyList<EncodedPacket> missed)
    {
        var at = 0;
        foreach (var packet in missed)
        {
            var (id, _) = Parse(packet);
            while (at < Expected.Count && Expected[at].Id != id && !Expected[at].IsCertain) at++;
            BrokenPromiseException.ThrowUnless(
                at < Expected.Count && Expected[at].Id == id, $"event {id} is among the missed ones, and should not be here");
            at++;
        }

        var lacking = Expected.Skip(at).FirstOrDefault(static expected => expected.IsCertain);
        BrokenPromiseException.ThrowUnless(lacking is null, $"event {lacking?.Id} was missed, and the client is told that it recovered");
    }

    private long Read(EncodedPacket packet)
    {
        var (id, offset) = Parse(packet);
        Offset = offset;
        return id;
    }

    private static (long Id, byte[] Offset) Parse(EncodedPacket packet)
    {
        var text = Encoding.UTF8.GetString(packet.First.Payload[1..]);
        try
        {
            using var json = JsonDocument.Parse(text[text.IndexOf('[')..]);
            var arguments = json.RootElement;
            return (arguments[1].GetInt64(), Encoding.UTF8.GetBytes(arguments[arguments.GetArrayLength() - 1].GetString()!));
        }
        catch (JsonException)
        {
            throw new BrokenPromiseException("an event is not what was emitted");
        }
    }
}
