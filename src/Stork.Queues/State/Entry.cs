using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// All that memory holds of a waiting message: 16 bytes. Its sequence follows from its place in the <see cref="EntryTable"/>, the rest
/// stays on disk. Meta: bits 0-3 state, 4-7 priority, 8 in a lane, 9 waits by the wall clock, 10-31 size in units of 16 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Entry
{
    public const int SizeUnit = 16;

    /// <summary>2020-01-01, from which <see cref="Expiry"/> counts seconds, so that 32 bits last until 2156.</summary>
    private const long ExpiryEpoch = 1_577_836_800;

    private const uint StateMask = 0xF;
    private const int PriorityShift = 4;
    private const uint LanedBit = 1 << 8;
    private const uint ByWallClockBit = 1 << 9;
    private const int SizeShift = 10;

    [Durable]
    public uint Segment;

    [Durable]
    public uint Offset;

    /// <summary>Seconds since the epoch, rounded up; 0: never.</summary>
    [Durable]
    public uint Expiry;

    private uint _meta;

    [Durable]
    public MessageState State
    {
        readonly get => (MessageState)(_meta & StateMask);
        set => _meta = (_meta & ~StateMask) | (uint)value;
    }

    public readonly int Priority => (int)(_meta >> PriorityShift) & 0xF;

    public readonly bool Laned => (_meta & LanedBit) != 0;

    /// <summary>It waits for a time of the wall clock, by which its <see cref="Expiry"/> is meant too until then.</summary>
    [Durable]
    public bool ByWallClock
    {
        readonly get => (_meta & ByWallClockBit) != 0;
        set => _meta = value ? _meta | ByWallClockBit : _meta & ~ByWallClockBit;
    }

    /// <summary>The record's size in bytes, rounded up.</summary>
    public readonly int Size => (int)(_meta >> SizeShift) * SizeUnit;

    [Durable]
    public void Describe(int priority, bool laned, int size) =>
        _meta = (_meta & StateMask) | ((uint)priority << PriorityShift) | (laned ? LanedBit : 0)
            | (((uint)size + SizeUnit - 1) / SizeUnit << SizeShift);

    /// <summary>What a record of that many bytes counts as.</summary>
    public static int RoundUp(int bytes) => (bytes + SizeUnit - 1) / SizeUnit * SizeUnit;

    /// <summary>Whether it is retained and still within its time: by the record's own clock, as recovery sweeps at other moments.</summary>
    public readonly bool CanBeSought(long now) => State == MessageState.Retained && !Laned && ExpiryMilliseconds(Expiry) > now;

    public static uint ExpirySeconds(long unixMilliseconds) =>
        unixMilliseconds == 0 ? 0 : (uint)Math.Clamp((unixMilliseconds + 999) / 1000 - ExpiryEpoch, 1, uint.MaxValue);

    public static long ExpiryMilliseconds(uint seconds) => (seconds + ExpiryEpoch) * 1000;
}
