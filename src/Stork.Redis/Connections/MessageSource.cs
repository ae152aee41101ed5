namespace Stork.Redis.Connections;

/// <summary>By which subscription a message has come.</summary>
internal enum MessageSource
{
    /// <summary>What servers say to all: broadcasts and requests.</summary>
    All,

    /// <summary>Answers.</summary>
    Answers,
}
