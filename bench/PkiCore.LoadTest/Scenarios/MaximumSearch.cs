namespace PkiCore.LoadTest.Scenarios;

/// <summary>Finds the highest rate that is still good.</summary>
internal static class MaximumSearch
{
    private const double Start = 4_000;
    private const double Least = 250;
    private const double Precision = 1.05;

    /// <param name="isGood">Tries a rate. One failure may be an accident: a rate has failed when it did so twice in a row.</param>
    /// <returns>A rate that was good, and above which, by about 5 %, one was not; 0 when none from 250 was.</returns>
    public static double Find(Func<double, bool> isGood)
    {
        double good = Start;
        if (Try(good))
        {
            while (Try(good * 2))
            {
                good *= 2;
            }
        }
        else
        {
            do
            {
                good /= 2;
                if (good < Least)
                {
                    return 0;
                }
            }
            while (!Try(good));
        }

        double bad = good * 2;
        while (bad > good * Precision)
        {
            double middle = Math.Sqrt(good * bad);
            (good, bad) = Try(middle) ? (middle, bad) : (good, middle);
        }

        return good;

        bool Try(double rate) => isGood(rate) || isGood(rate);
    }
}
