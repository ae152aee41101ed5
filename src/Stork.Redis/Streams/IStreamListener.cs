namespace Stork.Redis.Streams;

/// <summary>A namespace whose messages are in a stream.</summary>
internal interface IStreamListener
{
    /// <summary>An entry of the namespace has come; it is handled before this returns, which never throws.</summary>
    void Handle(EventOffset offset, in StreamEntryFields entry);

    /// <summary>All entries up to an offset were handed over, of whatever namespaces.</summary>
    void Advance(EventOffset offset);
}
