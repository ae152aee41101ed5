namespace Stork.Samples.Parcels;

internal sealed record Parcel(long Id, string Shop, string What, string Where, string? Driver);

/// <summary>The answer to a command.</summary>
/// <param name="Refusal">Why it was not done; null if it was.</param>
internal sealed record Answer(Parcel? Parcel, string? Refusal);
