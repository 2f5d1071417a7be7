using System.Globalization;

namespace Portal.Core.Catalog;

/// <summary>What can be chosen about a data store: a number within limits, or one of several values.</summary>
public sealed record StoreOption
{
    /// <summary>Parameter of the store's template that it becomes; its default is the store's value of that parameter.</summary>
    public string Parameter { get; init; } = "";

    public string Title { get; init; } = "";

    /// <summary>For example GiB; empty for a choice.</summary>
    public string Unit { get; init; } = "";

    public decimal? Min { get; init; }
    public decimal? Max { get; init; }
    public decimal? Step { get; init; }

    /// <summary>Another parameter of the store that this one may not be below; empty for none.</summary>
    public string AtLeast { get; init; } = "";

    public List<StoreChoice> Choices { get; init; } = [];

    /// <summary>Why the value cannot be had, as a sentence for people; null when it can.</summary>
    /// <param name="others">All the store's parameters, for the one that this may not be below.</param>
    public string? Refuse(string value, IReadOnlyDictionary<string, string> others)
    {
        if (Choices.Count > 0)
            return Choices.Exists(choice => choice.Value == value) ? null : $"'{value}' cannot be had; choose one of {string.Join(", ", Choices.Select(choice => choice.Value))}.";
        if (!Parse(value, out var number))
            return $"'{value}' is not a number; give {Range}.";
        if (number < Min || number > Max)
            return $"{value} is out of range: {Range}.";
        if (Step is { } step && number % step != 0)
            return $"{value} is not a multiple of {Number(step)}.";
        return others.TryGetValue(AtLeast, out var least) && Parse(least, out var bound) && number < bound
            ? $"{value} is less than {AtLeast}, which is {least}."
            : null;
    }

    /// <summary>What a number may be, for people.</summary>
    public string Range => $"{Number(Min)} to {Number(Max)}{(Unit.Length > 0 ? " " + Unit : "")}";

    private static bool Parse(string text, out decimal number) => decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    private static string Number(decimal? number) => number?.ToString("0.###", CultureInfo.InvariantCulture) ?? "any";
}

/// <param name="PriceItem">What it costs: a key of prices.yaml, in place of the one of the default.</param>
public sealed record StoreChoice(string Value, string Title, string PriceItem);
