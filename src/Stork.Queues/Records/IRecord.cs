using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// One kind of record: it alone knows the order and the encoding of its fields. Each has a static <c>Read</c> beside <see cref="Write"/>,
/// which takes the record from its kind on. Types that implement this are value types and used by generic methods, so that writing one
/// costs neither an allocation nor a virtual call.
/// </summary>
internal interface IRecord
{
    /// <summary>Adds the record to the frame that is being put together.</summary>
    /// <returns>Where it is.</returns>
    RecordAddress Write(FrameBuilder frame);
}
