namespace Stork.Samples.Parcels;

/// <summary>Somebody with a token: a "shop" or a "driver", and its name.</summary>
internal sealed record Member(string Role, string Name)
{
    /// <summary>The name of its inbox.</summary>
    public string Inbox => $"{Role}:{Name}";
}

/// <param name="Id">Counts the parcels; what people call it by.</param>
/// <param name="Command">The id of the command that announced it.</param>
/// <param name="Driver">Who took it.</param>
internal sealed record Parcel(
    long Id, string Shop, string Command, string What, string Where, string? Driver = null, bool IsDelivered = false);

/// <summary>A line of the office's book: a parcel as it is from then on, or a driver who came for the first time.</summary>
internal sealed record Entry(Parcel? Parcel, string? Driver = null);

/// <summary>The answer to a command.</summary>
/// <param name="Refusal">Why it was not done; null if it was.</param>
internal sealed record Answer(Parcel? Parcel, string? Refusal = null);
