namespace Stork.Wire;

/// <summary>The last packets that were encoded anew, so that one that goes to many is encoded once.</summary>
/// <remarks>A broadcast goes over its receivers in one go, in one form or, where some of them can recover their sessions, in two.</remarks>
internal struct TranscodedPackets
{
    private (EncodedPacket Text, EncodedPacket Result) _last;
    private (EncodedPacket Text, EncodedPacket Result) _former;

    /// <summary>What was made of the packet; null if that is not remembered.</summary>
    public readonly EncodedPacket? Find(EncodedPacket text) =>
        _last.Text == text ? _last.Result : _former.Text == text ? _former.Result : null;

    public void Add(EncodedPacket text, EncodedPacket result) => (_last, _former) = ((text, result), _last);
}
