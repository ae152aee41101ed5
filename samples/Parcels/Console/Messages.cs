using System.Text.Json.Serialization;

namespace Stork.Samples.Parcels;

internal sealed record Parcel(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("shop")] string Shop,
    [property: JsonPropertyName("what")] string What,
    [property: JsonPropertyName("where")] string Where,
    [property: JsonPropertyName("driver")] string? Driver);

/// <param name="Refusal">Why a command was not carried out; null if it was.</param>
internal sealed record Answer([property: JsonPropertyName("parcel")] Parcel? Parcel, [property: JsonPropertyName("refusal")] string? Refusal);

/// <summary>What the server says of a message from an inbox, besides the message.</summary>
/// <param name="Id">The same whenever the message comes again.</param>
internal sealed record Metadata([property: JsonPropertyName("id")] string Id);
