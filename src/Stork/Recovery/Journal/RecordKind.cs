namespace Stork.Recovery.Journal;

/// <summary>What a record of the recovery journal says. The numbers are on disk: they never change.</summary>
internal enum RecordKind : byte
{
    /// <summary>
    /// First record of a file: <c>version u32 | run of the machine text | secret of the offsets bytes | clock i64 | sequence i64</c>.
    /// </summary>
    Header = 1,

    /// <summary>What a namespace has forgotten: <c>namespace text | forgotten to i64</c>.</summary>
    Namespace = 2,

    /// <summary>A session as a whole; see <see cref="RecoveryRecords.WriteSession"/>.</summary>
    Session = 3,

    /// <summary>A session joined a room: <c>key u128 | room text | position i64</c>.</summary>
    Join = 4,

    /// <summary>A session left a room: <c>key u128 | room text | position i64</c>.</summary>
    Leave = 5,

    /// <summary>
    /// A value of a session's data changed:
    /// <c>key u128 | name text | state u8 (0 removed, 1 JSON, 2 cannot be written) | JSON bytes</c>.
    /// </summary>
    Data = 6,

    /// <summary>A session's client went away: <c>key u128 | time i64</c>.</summary>
    Away = 7,

    /// <summary>A session's client came back: <c>key u128 | socket id text</c>.</summary>
    Back = 8,

    /// <summary>A session is over: <c>key u128</c>.</summary>
    End = 9,

    /// <summary>An event; see <see cref="RecoveryRecords.WriteEvent"/>.</summary>
    Event = 10,

    /// <summary>Last record of a journal that was closed in order and synced: <c>time i64</c>.</summary>
    Closed = 11,
}
